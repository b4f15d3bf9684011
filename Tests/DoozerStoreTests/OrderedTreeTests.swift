import SeededRandom
import Testing

@testable import DoozerStore

@Suite("An ordered tree")
struct OrderedTreeTests {
    @Test("does what a dictionary does, in order, and leaves earlier copies alone")
    func likeDictionary() throws {
        var generator = SplitMix(seed: 3)
        var tree = OrderedTree<Int>()
        var expected: [String: Int] = [:]
        var kept: [(tree: OrderedTree<Int>, expected: [String: Int])] = []
        for step in 0..<5000 {
            let name = "n\(Int.random(in: 0..<400, using: &generator))"
            if Bool.random(using: &generator) {
                tree = tree.setting(name[...], to: step)
                expected[name] = step
            } else {
                tree = tree.removing(name[...])
                expected[name] = nil
            }
            if step % 500 == 0 { kept.append((tree, expected)) }
        }
        kept.append((tree, expected))
        for (tree, expected) in kept {
            let names = expected.keys.sorted()
            #expect(tree.count == names.count)
            for (position, name) in names.enumerated() {
                let entry = try #require(tree.entry(at: position))
                #expect(entry.name == name && entry.value == expected[name])
                #expect(tree[name[...]] == expected[name])
            }
            #expect(tree.entry(at: names.count) == nil && tree.entry(at: -1) == nil)
            #expect(tree["none"] == nil)
        }
    }

    @Test(
        "stays shallow whatever the order of its changes",
        arguments: [Array(0..<20_000), Array((0..<20_000).reversed())])
    func balance(numbers: [Int]) {
        var tree = OrderedTree<Int>()
        for number in numbers { tree = tree.setting("\(100_000 + number)", to: number) }
        // log 20,000 / log (4/3) is what Δ = 3 allows.
        #expect(tree.height <= 35)
        for number in numbers where number % 16 != 0 { tree = tree.removing("\(100_000 + number)") }
        #expect(tree.count == 1250)
        #expect(tree.height <= 25)
    }
}
