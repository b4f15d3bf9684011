/// Finds what someone probably meant.
public enum Suggestion {
    /// The candidate nearest to `word`, or `nil` when none is near: a third of its letters may differ.
    ///
    /// Of equally near ones the first in alphabetical order is taken, so that the answer is always the same.
    static func closest(to word: String, among candidates: some Sequence<String>) -> String? {
        let letters = Array(word.lowercased().unicodeScalars.prefix(65))
        guard (1...64).contains(letters.count) else { return nil }
        let limit = max(1, letters.count / 3)
        var best: (distance: Int, word: String)?
        for candidate in candidates where candidate != word {
            let other = Array(candidate.lowercased().unicodeScalars.prefix(65))
            guard abs(other.count - letters.count) <= limit else { continue }
            let distance = distance(letters, other)
            guard distance <= limit, distance < max(letters.count, other.count) else { continue }
            if let best, (best.distance, best.word) <= (distance, candidate) { continue }
            best = (distance, candidate)
        }
        return best?.word
    }

    /// "did you mean …?", where something near exists.
    public static func remedy(for word: String, among candidates: some Sequence<String>) -> String? {
        (closest(to: word, among: candidates) ?? ending(in: word, among: candidates)).map { "did you mean '\($0)'?" }
    }

    /// The candidate of which `word` is the last part, such as `service_healthy` for `healthy`.
    private static func ending(in word: String, among candidates: some Sequence<String>) -> String? {
        candidates.filter { $0.hasSuffix("_" + word) }.min()
    }

    /// Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours.
    private static func distance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
        var beforeLast = [Int](repeating: 0, count: right.count + 1)
        var last = Array(0...right.count)
        for row in left.indices {
            var current = [row + 1]
            for column in right.indices {
                var cost = min(
                    last[column + 1] + 1, current[column] + 1, last[column] + (left[row] == right[column] ? 0 : 1))
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    cost = min(cost, beforeLast[column - 1] + 1)
                }
                current.append(cost)
            }
            (beforeLast, last) = (last, current)
        }
        return last[right.count]
    }
}
