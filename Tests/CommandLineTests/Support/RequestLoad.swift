import Testing

/// A client that asks for a page again and again, a connection for each request, and counts.
final class RequestLoad {
    private let child: ChildProcess
    private var batches = 0
    private let scratch: Scratch

    private static let script = """
        use IO::Socket::INET; $| = 1; my ($n, $failed, %seen) = (0, 0);
        until (-e $ARGV[1]) {
          my $s = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $ARGV[0]);
          my $r = '';
          if ($s) { print $s "GET /version HTTP/1.0\\r\\n\\r\\n"; local $/; $r = <$s> // '' }
          if ($r =~ / 200 .*\\r\\n\\r\\n(\\w+)\\n$/s) { $seen{$1}++ } else { $failed++ }
          print "batch\\n" if ++$n % 20 == 0;
        }
        print "failed $failed\\n"; print "seen $_ $seen{$_}\\n" for keys %seen;
        """

    init(port: UInt16) throws {
        scratch = try Scratch()
        child = try ChildProcess(
            ["/usr/bin/perl", "-e", Self.script, "\(port)", "\(scratch.path)/end"], environment: [:])
    }

    /// Waits until twenty more have been answered, which began after this call.
    func waitForRequests() throws {
        let before = batches
        let deadline = ContinuousClock.now + .seconds(120)
        // Two more than there are: those of the first may have been on their way already.
        while true {
            batches = child.output.split(separator: "\n").count { $0 == "batch" }
            if batches >= before + 2 { return }
            try #require(ContinuousClock.now < deadline, "no requests are answered")
            try child.pause(for: .milliseconds(5))
        }
    }

    func end() throws -> (failed: Int, seen: [String: Int]) {
        try scratch.write("", to: "end")
        let lines = try child.wait().output.split(separator: "\n").map { $0.split(separator: " ") }
        let failed = try #require(lines.first { $0.first == "failed" }.flatMap { Int($0[1]) })
        let seen = lines.filter { $0.first == "seen" && $0.count == 3 }
        return (failed, Dictionary(seen.map { (String($0[1]), Int($0[2]) ?? 0) }, uniquingKeysWith: { $1 }))
    }
}
