"""The one table that comes out."""

WORDS = {True: "met", False: "MISSED", None: "not measured"}


def milliseconds(timing):
    if timing is None:
        return "-"
    return f"{timing.median * 1000:.1f} ({timing.least * 1000:.1f} to {timing.greatest * 1000:.1f})"


def ratio(numerator, denominator):
    if numerator is None or denominator is None:
        return "-"
    return f"{numerator.median / denominator.median:.1f}x"


def render(rows):
    """Rows of text in columns as wide as they need to be."""
    lines = [[
        "ms: median (least to greatest)", "floor", "harness", "Docker Compose", "of floor", "vs Compose",
        "Compose without --wait", "vs that", "budget",
    ]]
    for row in rows:
        floor, harness, compose, unready = (
            row.timings.get(side) for side in ("floor", "harness", "compose", "compose, not waiting"))
        verdicts = "; ".join(f"{text}: {WORDS[met]}" for text, met in row.verdicts) or "-"
        lines.append([
            row.name, milliseconds(floor), milliseconds(harness), milliseconds(compose),
            ratio(harness, floor), ratio(compose, harness), milliseconds(unready), ratio(unready, harness), verdicts,
        ])
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join("  ".join(text.ljust(width) for text, width in zip(line, widths)).rstrip() for line in lines)
