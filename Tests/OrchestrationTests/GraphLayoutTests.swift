import Testing

@testable import Orchestration

@Suite("Layout of the graph")
struct GraphLayoutTests {
    /// A graph in which every box but the first few waits for several earlier ones, some far away.
    private static func layout(boxes count: Int) -> GraphLayout {
        let boxes = (0..<count).map { number in
            GraphLayout.Box(
                level: number / 4, width: Double(40 + number * 7 % 90), height: Double(30 + number * 13 % 60))
        }
        var lines: [GraphLayout.Line] = []
        for number in 4..<count {
            for step in [4, 5, 9, 14] where number - step >= 0 && (number - step) / 4 < number / 4 {
                lines.append(GraphLayout.Line(from: number - step, to: number))
            }
        }
        return GraphLayout(boxes: boxes, lines: lines)
    }

    @Test("boxes never overlap", arguments: [5, 20, 61])
    func boxes(count: Int) {
        let boxes = Self.layout(boxes: count).boxes
        for (number, box) in boxes.enumerated() {
            for other in boxes[(number + 1)...] {
                let isApart =
                    box.x + box.width <= other.x || other.x + other.width <= box.x || box.y + box.height <= other.y
                    || other.y + other.height <= box.y
                #expect(isApart)
            }
        }
    }

    @Test("a line over several levels crosses no box of those between", arguments: [20, 61])
    func lanes(count: Int) {
        let layout = Self.layout(boxes: count)
        for line in layout.lines {
            let first = layout.boxes[line.from].level
            for (step, lane) in line.lanes.enumerated().dropFirst().dropLast() {
                for box in layout.boxes where box.level == first + step {
                    #expect(lane < box.y || lane > box.y + box.height)
                }
            }
        }
    }

    @Test("lines start and end at the sides of their boxes")
    func ends() throws {
        let layout = Self.layout(boxes: 20)
        for line in layout.lines {
            let (from, to) = (layout.boxes[line.from], layout.boxes[line.to])
            let (first, last) = (try #require(line.lanes.first), try #require(line.lanes.last))
            #expect(line.lanes.count == to.level - from.level + 1)
            #expect(first > from.y && first < from.y + from.height)
            #expect(last > to.y && last < to.y + to.height)
        }
    }

    @Test("nothing to draw is drawn")
    func empty() {
        let layout = GraphLayout(boxes: [], lines: [])
        #expect(layout.width == 0)
        #expect(layout.height == 0)
    }
}
