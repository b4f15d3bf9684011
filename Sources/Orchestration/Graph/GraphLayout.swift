/// Places boxes in columns by level, and lines between them that cross no box (the layered drawing of Sugiyama, Tagawa
/// and Toda, 1981): a line over several columns gets a lane of its own in each between.
struct GraphLayout {
    /// A box to be placed.
    struct Box {
        var level: Int
        var width: Double
        var height: Double
        /// Set by the layout: the upper left corner.
        var x = 0.0
        var y = 0.0
    }

    /// A line from the right side of a box to the left side of one in a later column.
    struct Line {
        var from: Int
        var to: Int
        /// Set by the layout: its height in each column from the first to the last.
        var lanes: [Double] = []
    }

    private(set) var boxes: [Box]
    private(set) var lines: [Line]
    /// The left and right side of each column.
    private(set) var columns: [(left: Double, right: Double)] = []
    private(set) var height = 0.0

    static let columnGap = 64.0
    static let rowGap = 14.0
    private static let laneHeight = 10.0
    private static let sweeps = 6

    /// What stands in a column: a box, or the lane of a line.
    private struct Slot {
        enum Content {
            case box(Int)
            case lane(line: Int)
        }
        var content: Content
        var height: Double
        /// Places of its neighbours in the columns before and after.
        var before: [Int] = []
        var after: [Int] = []
    }

    private var slots: [Slot] = []
    /// The slots of each column from top to bottom.
    private var order: [[Int]] = []
    /// The slots that a line goes through.
    private var ways: [[Int]] = []

    /// Lays out; the result depends on nothing but what is given, in its order.
    init(boxes: [Box], lines: [Line]) {
        (self.boxes, self.lines) = (boxes, lines)
        makeSlots()
        for sweep in 0..<Self.sweeps { sortColumns(forward: sweep % 2 == 0) }
        place()
    }

    var width: Double { columns.last?.right ?? 0 }

    private mutating func makeSlots() {
        order = Array(repeating: [], count: (boxes.map(\.level).max() ?? -1) + 1)
        for (number, box) in boxes.enumerated() { add(Slot(content: .box(number), height: box.height), to: box.level) }
        for (number, line) in lines.enumerated() {
            var way = [line.from]
            for level in (boxes[line.from].level + 1)..<max(boxes[line.from].level + 1, boxes[line.to].level) {
                way.append(slots.count)
                add(Slot(content: .lane(line: number), height: Self.laneHeight), to: level)
            }
            way.append(line.to)
            for (left, right) in zip(way, way.dropFirst()) {
                slots[left].after.append(right)
                slots[right].before.append(left)
            }
            ways.append(way)
        }
    }

    private mutating func add(_ slot: Slot, to level: Int) {
        order[level].append(slots.count)
        slots.append(slot)
    }

    /// Moves each slot to the mean place of its neighbours in the column that was sorted before; a tie leaves the order.
    private mutating func sortColumns(forward: Bool) {
        let levels = forward ? Array(order.indices.dropFirst()) : order.indices.dropLast().reversed()
        for level in levels {
            var places: [Int: Double] = [:]
            for (place, slot) in order[forward ? level - 1 : level + 1].enumerated() { places[slot] = Double(place) }
            let keyed = order[level].enumerated().map { place, slot in
                let near = (forward ? slots[slot].before : slots[slot].after).compactMap { places[$0] }
                let mean = near.isEmpty ? Double(place) : near.reduce(0, +) / Double(near.count)
                return (mean: mean, place: place, slot: slot)
            }
            order[level] = keyed.sorted { ($0.mean, $0.place) < ($1.mean, $1.place) }.map(\.slot)
        }
    }

    private mutating func place() {
        let heights = order.map { column in
            column.reduce(0) { $0 + slots[$1].height } + Double(max(0, column.count - 1)) * Self.rowGap
        }
        height = heights.max() ?? 0
        var left = 0.0
        var centres = [Double](repeating: 0, count: slots.count)
        for (level, column) in order.enumerated() {
            let width = boxes.filter { $0.level == level }.map(\.width).max() ?? 0
            var top = (height - heights[level]) / 2
            for slot in column {
                if case .box(let number) = slots[slot].content {
                    (boxes[number].x, boxes[number].y) = (left, top)
                    boxes[number].width = width
                }
                centres[slot] = top + slots[slot].height / 2
                top += slots[slot].height + Self.rowGap
            }
            columns.append((left, left + width))
            left += width + Self.columnGap
        }
        for number in lines.indices { lines[number].lanes = ways[number].map { centres[$0] } }
        spread()
    }

    /// Several lines at one side of a box start and end at places of their own, in the order of their other ends.
    private mutating func spread() {
        for (number, box) in boxes.enumerated() {
            let leaving = lines.indices.filter { lines[$0].from == number }
                .sorted { (lines[$0].lanes[1], $0) < (lines[$1].lanes[1], $1) }
            for (place, line) in leaving.enumerated() {
                lines[line].lanes[0] = Self.port(place, of: leaving.count, box)
            }
            let arriving = lines.indices.filter { lines[$0].to == number }
                .sorted { (beforeLast($0), $0) < (beforeLast($1), $1) }
            for (place, line) in arriving.enumerated() {
                lines[line].lanes[lines[line].lanes.count - 1] = Self.port(place, of: arriving.count, box)
            }
        }
    }

    private func beforeLast(_ line: Int) -> Double { lines[line].lanes[lines[line].lanes.count - 2] }

    private static func port(_ place: Int, of count: Int, _ box: Box) -> Double {
        box.y + box.height * Double(place + 1) / Double(count + 1)
    }
}
