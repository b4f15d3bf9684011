-- Every migration was applied, once, in order.
SELECT name FROM migration ORDER BY applied;
SELECT count(*) = count(DISTINCT name) FROM migration;
