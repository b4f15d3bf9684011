"""The one table that comes out."""

WORDS = {True: "met", False: "MISSED", None: "not measured"}


def numbers(row, timing):
    if timing is None:
        return "-"
    median, least, greatest = (value / row.scale for value in (timing.median, timing.least, timing.greatest))
    unit = "" if row.unit == "ms" else f" {row.unit}"
    return f"{median:.1f}{unit} ({least:.1f} to {greatest:.1f})"


def ratio(numerator, denominator):
    if numerator is None or denominator is None:
        return "-"
    return f"{numerator.median / denominator.median:.1f}x"


def render(rows):
    """Rows of text in columns as wide as they need to be."""
    lines = [[
        "ms unless told: median (least to greatest)", "floor", "harness", "Docker Compose", "of floor", "vs Compose",
        "Compose without --wait", "vs that", "budget",
    ]]
    for row in rows:
        floor, harness, compose, unready = (
            row.timings.get(side) for side in ("floor", "harness", "compose", "compose, not waiting"))
        verdicts = "; ".join(f"{text}: {WORDS[met]}" for text, met in row.verdicts) or "-"
        lines.append([
            row.name, numbers(row, floor), numbers(row, harness), numbers(row, compose),
            ratio(harness, floor), ratio(compose, harness), numbers(row, unready), ratio(unready, harness), verdicts,
        ])
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join("  ".join(text.ljust(width) for text, width in zip(line, widths)).rstrip() for line in lines)
