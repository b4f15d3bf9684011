import Glibc
import Testing

/// Shells complete what is typed by the scripts of `harness completion`.
@Suite("harness completion", .needsPrograms("bash"))
struct CompletionTests {
    @Test(
        "bash completes commands, options, values, services, images and files",
        arguments: [
            ("harness va", ["validate"]),
            ("harness image pr", ["prune"]),
            ("harness --ver", ["--version"]),
            ("harness up --wait-", ["--wait-timeout"]),
            ("harness completion ", ["bash", "fish", "zsh"]),
            ("harness validate --format s", ["sarif"]),
            ("harness validate --format=s", ["sarif"]),
            ("harness kill -s SIGTE", ["SIGTERM"]),
            ("harness port --transport u", ["udp"]),
            ("harness exec ", ["cache-1", "db", "web"]),
            ("harness exec w", ["web"]),
            ("harness exec web ", []),
            ("harness shell d", ["db"]),
            ("harness stop web ", ["cache-1", "db"]),
            ("harness logs -f ", ["cache-1", "db", "web"]),
            ("harness logs --file other/environment.yaml ", ["far"]),
            ("harness ps -f other/environment.yaml ", ["far"]),
            ("harness ps -f 'other/environment.yaml' ", ["far"]),
            ("harness ps --file=other/environment.yaml ", ["far"]),
            ("harness ps --profile extra ", ["cache-1", "db", "hidden", "web"]),
            ("harness up ", ["cache-1", "db", "environment.yaml", "other/", "web", "web/"]),
            ("harness up other/ ", ["far"]),
            ("harness up other/e", ["other/environment.yaml"]),
            ("harness up --no-attach d", ["db"]),
            ("harness up --scale w", ["web="]),
            ("harness ps --status r", ["restarting", "running"]),
            ("harness help u", ["unpause", "up"]),
            ("harness help exit", ["exit-codes"]),
            ("harness help image l", ["load", "ls"]),
            ("harness help up ", []),
            ("harness config --hash w", ["web"]),
            ("harness run o", ["other"]),
            ("harness graph e", ["environment.yaml"]),
            ("harness cp w", ["web/", "web:"]),
            ("harness image rm busyb", ["busybox:latest"]),
            ("harness image rm busybox:", ["latest"]),
            ("harness image rm busybox:l", ["latest"]),
            ("harness image history busybox:la", ["latest"]),
            ("harness switch web --image=busyb", ["busybox:latest"]),
            ("harness try busybox:latest ", []),
        ])
    func bash(line: String, expected: [String]) throws {
        #expect(try Completion().bash(line) == expected)
    }

    @Test(
        "on a terminal the tab key does it, in every shell", .needsPrograms("zsh", "fish"),
        arguments: [
            (["/bin/bash", "--norc", "--noprofile", "-i"], "source <(harness completion bash)"),
            (["/usr/bin/zsh", "-f", "-i"], "autoload -Uz compinit; compinit -u -D; source <(harness completion zsh)"),
            (["/usr/bin/fish", "--no-config", "-i"], "harness completion fish | source"),
        ])
    func terminal(shell: [String], setUp: String) throws {
        let completion = try Completion()
        let terminal = try TerminalProcess(
            ["/usr/bin/env", "--chdir=\(completion.scratch.path)"] + shell, environment: completion.variables)
        terminal.type("\(setUp); echo set''up\n")
        try terminal.wait(for: "setup")
        let cases = [
            ("harness vali", "harness validate"), ("harness exec w", "harness exec web"),
            ("harness image rm busyb", "harness image rm busybox:latest"),
            ("harness image rm busybox:la", "harness image rm busybox:latest"),
            ("harness help exit-", "harness help exit-codes"), ("harness help image pru", "harness help image prune"),
            ("harness ps --status runn", "harness ps --status running"),
        ]
        for (number, (typed, result)) in cases.enumerated() {
            // Then the start of the line, so that the shell prints what it has become.
            terminal.type("\(typed)\t\u{1}printf 'is<%s>\\n' \"$(echo \u{5})\"; echo fi''n-\(number)\n")
            try terminal.wait(for: "fin-\(number)")
            #expect(terminal.text.contains("is<\(result)>"), "\(terminal.text)")
        }
        terminal.type("exit\n")
        _ = try terminal.end()
    }

    @Test("environments that are up are completed, and their services from anywhere", .needsRoot())
    func environments() throws {
        let stack = try LocalStack(idle)
        try stack.up()
        let completion = try Completion()
        #expect(try completion.bash("harness ps -p \(stack.name.prefix(6))") == [stack.name])
        try completion.scratch.write("", to: "elsewhere/empty")
        #expect(try completion.bash("harness exec -p \(stack.name) ", folder: "/") == ["idle"])
    }

    @Test(
        "a file that is wrong, or missing, gives no candidates and no message",
        arguments: ["services: {web: {image: i, prots: []}}", "a: [", ""])
    func wrongFile(text: String) throws {
        let completion = try Completion()
        try completion.scratch.write(text, to: "environment.yaml")
        #expect(try completion.bash("harness exec ") == [])
    }

    @Test("a path that is a script to a shell is left out")
    func hostilePath() throws {
        let completion = try Completion()
        try completion.scratch.write("", to: "$(touch ran)/environment.yaml")
        #expect(
            try completion.bash("harness up ") == ["cache-1", "db", "environment.yaml", "other/", "web", "web/"])
        #expect(access("\(completion.scratch.path)/ran", F_OK) != 0)
    }

    @Test(
        "a call that no script makes says nothing",
        arguments: [[], ["exec"], ["no-such", "--", "positional@0"], ["exec", "--", "positional@0", "x", "y"]])
    func wrongCall(arguments: [String]) throws {
        let outcome = try Harness.run(["---completion"] + arguments, home: try Scratch().path)
        #expect(outcome.code == 64)
        #expect(outcome.output + outcome.error == "")
    }

    @Test("make installs the scripts where the shells look, and takes them away")
    func installation() throws {
        let scratch = try Scratch()
        func make(_ target: String) throws -> ChildProcess.Outcome {
            try ChildProcess(
                [
                    "/usr/bin/make", "-C", repository, target, "HARNESS=\(Harness.binary)", "PREFIX=/usr",
                    "DESTDIR=\(scratch.path)",
                ], environment: ["PATH": "/usr/bin:/bin"]
            ).wait()
        }
        let share = "\(scratch.path)/usr/share"
        let files = [
            "\(share)/bash-completion/completions/harness", "\(share)/zsh/site-functions/_harness",
            "\(share)/fish/vendor_completions.d/harness.fish",
        ]
        let installed = try make("install-completion")
        #expect(installed.code == 0, "\(installed.error)")
        for (file, shell) in zip(files, ["bash", "zsh", "fish"]) {
            #expect(try read(file) == Harness.run(["completion", shell], home: scratch.path).output)
        }
        #expect(try make("uninstall").code == 0)
        for file in files { #expect(access(file, F_OK) != 0) }
    }

    private func read(_ path: String) throws -> String {
        try ChildProcess(["/bin/cat", path], environment: [:]).wait().output
    }
}

/// A folder with an environment, in which something is typed.
private struct Completion {
    let scratch: Scratch
    let variables: [String: String]

    init() throws {
        scratch = try Scratch()
        variables = [
            "PATH": "\(Harness.binary.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" }):/usr/bin:/bin",
            "HARNESS_HOME": try Store.withBusybox(), "HOME": scratch.path, "TERM": "xterm", "LC_ALL": "C.UTF-8",
        ]
        try scratch.write(
            """
            services:
              web: {image: busybox}
              db: {image: busybox}
              cache-1: {image: busybox}
              hidden: {image: busybox, profiles: [extra]}
            """, to: "environment.yaml")
        try scratch.write("services: {far: {image: busybox}}", to: "other/environment.yaml")
        // A folder of a service's name, as is common.
        try scratch.write("", to: "web/index.html")
    }

    /// What bash's function gives for a line with the cursor at its end; bash's own splitting is done here.
    func bash(_ line: String, folder: String? = nil) throws -> [String] {
        var words: [String] = []
        for word in line.split(separator: " ", omittingEmptySubsequences: false) {
            words.append("")
            for character in word {
                let isBreak = ":=@".contains(character)
                if isBreak || words.last?.last.map({ ":=@".contains($0) }) == true, words.last != "" {
                    words.append("")
                }
                words[words.count - 1].append(character)
            }
        }
        let current = words.last.map { [":", "=", "@"].contains($0) ? "" : $0 } ?? ""
        let script = """
            source <(harness completion bash)
            line="$1" current="$2"; shift 2
            COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$line" COMP_POINT=${#line}
            function=$(complete -p harness | sed 's/.* -F \\([^ ]*\\) .*/\\1/')
            "$function" harness "$current" "${COMP_WORDS[COMP_CWORD - 1]}"
            [ ${#COMPREPLY[@]} = 0 ] || printf '%s\\n' "${COMPREPLY[@]}"
            """
        return try candidates(["/bin/bash", "--norc", "-c", script, "bash", line, current] + words, folder)
    }

    private func candidates(_ command: [String], _ folder: String? = nil) throws -> [String] {
        let outcome = try ChildProcess(
            ["/usr/bin/env", "--chdir=\(folder ?? scratch.path)"] + command, environment: variables
        ).wait()
        #expect(outcome.error == "")
        return outcome.output.split(separator: "\n").map(String.init).sorted()
    }
}
