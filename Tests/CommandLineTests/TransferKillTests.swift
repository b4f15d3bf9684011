import CLinux
import Glibc
import OCI
import ScriptedRegistry
import Testing

/// Pulls and pushes of which a process is killed: harness, its helper, or the registry.
@Suite("Transfers that are killed", .needsRoot(), .needsPrograms("docker-registry"), .serialized)
struct TransferKillTests {
    private let scratch: Scratch
    /// The store that pulls go into.
    private let home: String
    /// The store that pushes come from.
    private let source: String
    private let image = LayeredImage(sizes: [900_000, 1_500_000, 700_000], seed: 7)
    private let digest: Digest

    init() throws {
        scratch = try Scratch()
        home = try scratch.makeDirectory("home")
        source = try scratch.makeDirectory("source")
        digest = try image.load(as: "app", into: source, scratch: scratch)
    }

    /// What is done, and who of it is killed.
    private enum Round: CaseIterable {
        case pullFromOurs, pullHelper, pullFromDocker, push, pushHelper, server, importing, pruning
    }

    @Test("leave stores that verify, a registry that works on, and nothing that grows", .timeLimit(.minutes(30)))
    func killed() throws {
        let count = variable("HARNESS_TEST_KILLS").flatMap(Int.init) ?? 24
        let seed = variable("HARNESS_TEST_SEED").flatMap(UInt64.init) ?? UInt64.random(in: 0...UInt64(UInt32.max))
        var generator = SplitMix(state: seed)
        let (ours, docker) = (try Registry(.ours), try Registry(.docker))
        for registry in [ours, docker] {
            let pushed = try harness(["image", "push", "app", "\(registry.host)/app:1"], source)
            try #require(pushed.code == 0, "\(pushed.error)")
        }
        let whole = try harness(["image", "pull", "\(ours.host)/app:1"], home).duration
        print("killed at \(count) random moments: HARNESS_TEST_SEED=\(seed), a pull takes \(whole)")
        var hits = 0
        for number in 0..<count {
            let round = Round.allCases[number % Round.allCases.count]
            let moment = whole * Double.random(in: 0...1.1, using: &generator)
            let outcome = try kill(round, number, after: moment, ours, docker)
            hits += outcome.code == 0 ? 0 : 1
            let what = "seed \(seed), number \(number): \(round) killed after \(moment), \(outcome.code)"
            // 137: harness itself was killed; 69 and 125: it says who of the others has gone.
            #expect([0, 69, 125, 137].contains(outcome.code), "\(what)\n\(outcome.error)")
            for store in [home, source] {
                let verified = try harness(["image", "verify"], store)
                #expect(verified.code == 0, "\(what)\n\(verified.output)\(verified.error)")
                // What the last one had at work: for the transfer, and for each layer that it was putting in place.
                #expect(entries("\(store)/staging").count <= 5, "\(what)")
                // A blob and its lock, of each layer and the configuration.
                #expect(entries("\(store)/downloads").count <= 2 * (image.layers.count + 1), "\(what)")
            }
        }
        print("\(hits) of \(count) were killed before they were done")
        #expect(hits > 0)
        try workOn(ours, docker)
    }

    /// Kills one process of what a round does, and gives how `harness` has ended.
    private func kill(
        _ round: Round, _ number: Int, after moment: Duration, _ ours: Registry, _ docker: Registry
    ) throws -> ChildProcess.Outcome {
        let process: ChildProcess
        switch round {
        case .pullFromOurs, .pullHelper, .server:
            try forget(ours)
            process = try Harness.start(["image", "pull", "\(ours.host)/app:1"], home: home)
        case .pullFromDocker:
            try forget(docker)
            process = try Harness.start(["image", "pull", "\(docker.host)/app:1"], home: home)
        case .push, .pushHelper:
            // A repository of its own: nothing is there already.
            process = try Harness.start(["image", "push", "app", "\(ours.host)/r\(number)/app:1"], home: source)
        case .importing:
            try writeFile(image.layers[0], to: "\(scratch.path)/layer.tar")
            process = try Harness.start(["image", "import", "\(scratch.path)/layer.tar", "-t", "imported"], home: home)
        case .pruning: process = try Harness.start(["image", "prune", "--all"], home: home)
        }
        switch round {
        case .pullHelper, .pushHelper: try killHelper(of: process, after: moment)
        case .server:
            try process.pause(for: moment)
            try ours.killAndRestart()
        default:
            try process.pause(for: moment)
            process.send(SIGKILL)
        }
        // Its helper holds standard error, too: it must end with harness.
        return try process.wait(timeout: .seconds(60))
    }

    /// Takes the name away, so that a pull has to fetch.
    private func forget(_ registry: Registry) throws {
        for host in [registry.host, "docker.io"] {
            _ = try harness(["image", "rm", host == "docker.io" ? "imported" : "\(host)/app:1"], home)
        }
    }

    private func killHelper(of process: ChildProcess, after moment: Duration) throws {
        let deadline = ContinuousClock.now + .seconds(20)
        while process.isRunning, ContinuousClock.now < deadline {
            if let helper = children(of: process.pid).first {
                try process.pause(for: moment)
                Glibc.kill(helper, SIGKILL)
                return
            }
            try process.pause(for: .milliseconds(1))
        }
    }

    /// After all kills both registries give and take, and what was left half-done is gone without a further command.
    private func workOn(_ ours: Registry, _ docker: Registry) throws {
        try ours.killAndRestart()
        #expect(entries("\(ours.scratch.path)/root/uploads").isEmpty)
        for registry in [ours, docker] {
            let pushed = try harness(["image", "push", "-q", "app", "\(registry.host)/last/app:1"], source)
            #expect(pushed.code == 0, "\(pushed.error)")
            let pulled = try harness(["image", "pull", "-q", "\(registry.host)/last/app:1"], home)
            #expect(pulled.output == "\(digest)\n", "\(pulled.error)")
        }
        #expect(entries("\(home)/staging").isEmpty)
        #expect(entries("\(home)/downloads").isEmpty)
        #expect(try harness(["image", "verify"], home).code == 0)
        // What was pushed under a name is there as a whole, whoever was killed meanwhile.
        let found = try harness(["image", "search", "app", "--tags", "--registry", ours.host], home)
        for name in found.output.split(separator: "\n") where name.contains("/r") {
            let pulled = try harness(["image", "pull", "-q", String(name)], home)
            #expect(pulled.output == "\(digest)\n", "\(name): \(pulled.error)")
        }
        #expect(try harness(["image", "prune", "--all"], home).code == 0)
        #expect(entries("\(home)/images/blobs/sha256").isEmpty)
        #expect(entries("\(home)/layers").isEmpty)
    }

    private func harness(_ arguments: [String], _ home: String) throws -> ChildProcess.Outcome {
        try Harness.run(arguments, home: home)
    }

    @Test("a download goes on where it was, whichever of the two processes was killed", arguments: [true, false])
    func resume(killsHelper: Bool) throws {
        var image = try ScriptedImage()
        image.layer = LayeredImage(sizes: [3_000_000], seed: 9).layers[0]
        let (layer, digest) = (image.layer, Digest(of: image.layer))
        let silent = try image.serve { request in
            guard request.path.contains(digest.description) else { return nil }
            let head = ScriptedRegistry.head(200, ["Content-Length": "\(layer.count)"], length: nil)
            return .silence(after: head + layer[..<2_000_000])
        }
        let pull = try Harness.start(["image", "pull", "\(silent.host)/team/app:1"], home: home)
        let partial = "\(home)/downloads/\(digest.hex)"
        let deadline = ContinuousClock.now + .seconds(30)
        var status = stat()
        while stat(partial, &status) != 0 || status.st_size < 2_000_000, ContinuousClock.now < deadline {
            try pull.pause(for: .milliseconds(5))
        }
        try #require(status.st_size == 2_000_000)
        if killsHelper {
            Glibc.kill(try #require(children(of: pull.pid).first), SIGKILL)
        } else {
            pull.send(SIGKILL)
        }
        let outcome = try pull.wait(timeout: .seconds(20))
        #expect(outcome.code == (killsHelper ? 125 : 137))
        #expect(!killsHelper || outcome.error.contains("the registry helper ended unexpectedly"), "\(outcome.error)")
        let honest = try image.serve { request in
            guard request.path.contains(digest.description), let range = request.headers["range"] else { return nil }
            let start = Int(range.dropFirst("bytes=".count).dropLast()) ?? 0
            let fields = ["Content-Range": "bytes \(start)-\(layer.count - 1)/\(layer.count)"]
            return .reply(206, fields, Array(layer[start...]))
        }
        let again = try harness(["image", "pull", "\(honest.host)/team/app:1"], home)
        #expect(again.code == 0, "\(again.error)")
        let asked = honest.requests.filter { $0.path.contains(digest.description) }.map { $0.headers["range"] }
        #expect(asked == ["bytes=2000000-"])
        #expect(try harness(["image", "verify"], home).code == 0)
        #expect(entries("\(home)/downloads").isEmpty)
    }
}
