import Glibc
import Testing

@Suite("An image store whose writers are killed", .needsRoot(), .serialized)
struct ImageKillTests {
    private let scratch: Scratch
    private let home: String
    private let archives: [String]

    init() throws {
        scratch = try Scratch()
        home = try scratch.makeDirectory("home")
        let first = try RootFileSystem(in: scratch).archive()
        let second = "\(scratch.path)/second.tar"
        // Enough for a kill to fall into each of its phases.
        let make =
            "mkdir -p \(scratch.path)/big && cd \(scratch.path)/big && "
            + "for i in $(seq 40); do head -c 200000 /dev/urandom > $i; done && tar -cf \(second) ."
        let made = try ChildProcess(["/bin/sh", "-c", make], environment: ["PATH": "/usr/bin:/bin"]).wait()
        try #require(made.code == 0, "\(made.error)")
        archives = [first, second]
        for (index, archive) in archives.enumerated() {
            let outcome = try Harness.run(["image", "import", archive, "-t", "kept\(index)"], home: home)
            try #require(outcome.code == 0, "\(outcome.error)")
        }
        let saved = try Harness.run(
            ["image", "save", "kept0", "kept1", "-o", "\(scratch.path)/saved.tar"], home: home)
        try #require(saved.code == 0, "\(saved.error)")
    }

    /// What is killed: everything that changes the store.
    private func command(_ number: Int) -> [String] {
        switch number % 6 {
        case 0: ["image", "import", archives[1], "-t", "killed"]
        case 1: ["image", "load", "\(scratch.path)/saved.tar"]
        case 2: ["image", "rm", "killed"]
        case 3: ["image", "prune", "--all"]
        case 4: ["image", "import", archives[0], "-t", "kept1"]
        default: ["image", "load", "\(scratch.path)/saved.tar"]
        }
    }

    @Test("verifies after every kill, and works on", .timeLimit(.minutes(20)))
    func killed() throws {
        let count = variable("HARNESS_TEST_KILLS").flatMap(Int.init) ?? 18
        let seed = variable("HARNESS_TEST_SEED").flatMap(UInt64.init) ?? UInt64.random(in: 0...UInt64(UInt32.max))
        var generator = SplitMix(state: seed)
        let whole = try Harness.run(["image", "import", archives[1], "-t", "killed"], home: home).duration
        print("killed at \(count) random moments: HARNESS_TEST_SEED=\(seed), an import takes \(whole)")
        for number in 0..<count {
            let moment = whole * Double.random(in: 0...1.2, using: &generator)
            let run = try Harness.start(command(number), home: home)
            try run.pause(for: moment)
            run.send(SIGKILL)
            let outcome = try run.wait()
            let what = "seed \(seed), number \(number): \(command(number)) killed after \(moment), \(outcome.code)"
            // 69: the name had gone with the round before.
            #expect([0, 69, 137].contains(outcome.code), "\(what)\n\(outcome.error)")
            let verified = try Harness.run(["image", "verify"], home: home)
            #expect(verified.code == 0, "\(what)\n\(verified.output)\(verified.error)")
        }
        let loaded = try Harness.run(["image", "load", "\(scratch.path)/saved.tar"], home: home)
        #expect(loaded.code == 0, "\(loaded.error)")
        #expect(try Harness.run(["gc"], home: home).code == 0)
        let staging = try ChildProcess(["/bin/ls", "\(home)/staging"], environment: [:]).wait()
        #expect(staging.output.isEmpty)
        #expect(try Harness.run(["image", "verify"], home: home).code == 0)
    }
}
