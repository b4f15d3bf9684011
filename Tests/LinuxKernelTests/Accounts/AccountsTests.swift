import Testing

@testable import LinuxKernel

@Suite("Users and groups of an image")
struct AccountsTests {
    static let passwd = """
        root:x:0:0:root:/root:/bin/sh
        # a comment:x:5:5::/x:/x

          indented:x:11:11::/home/indented:/bin/sh
        broken:x:abc:1::/:/bin/sh
        negative:x:-1:1::/:/bin/sh
        huge:x:4294967296:1::/:/bin/sh
        short:x:12:13
        tooshort:x:12
        :x:14:14::/:/bin/sh
        postgres:x:70:71:PostgreSQL:/var/lib/postgresql:/bin/sh
        twice:x:70:99::/second:/bin/sh
        90:x:91:92::/ninety:/bin/sh
        nohome:x:80:81:::
        """
    static let group = """
        root:x:0:root
        wheel:x:10:root,postgres
        db:x:71:
        backup:x:34:postgres,other
        again:x:10:postgres
        prefix:x:35:postgresql
        bad:x:x:postgres
        20:x:21:
        """

    private func accounts() throws -> Accounts {
        try Accounts(passwd: Array(Self.passwd.utf8), group: Array(Self.group.utf8))
    }

    @Test(
        "a user is found by name or number, with group, supplementary groups and home",
        arguments: [
            ("", Account(user: 0, group: 0, groups: [0, 10], home: "/root", name: "root")),
            (":", Account(user: 0, group: 0, groups: [0, 10], home: "/root", name: "root")),
            ("root", Account(user: 0, group: 0, groups: [0, 10], home: "/root", name: "root")),
            (
                "postgres",
                Account(user: 70, group: 71, groups: [71, 10, 34], home: "/var/lib/postgresql", name: "postgres")
            ),
            ("70", Account(user: 70, group: 71, groups: [71, 10, 34], home: "/var/lib/postgresql", name: "postgres")),
            ("twice", Account(user: 70, group: 99, groups: [99], home: "/second", name: "twice")),
            ("1000", Account(user: 1000, group: 0, groups: [0], home: "/", name: nil)),
            ("1000:1001", Account(user: 1000, group: 1001, groups: [1001], home: "/", name: nil)),
            (
                "postgres:backup",
                Account(user: 70, group: 34, groups: [34], home: "/var/lib/postgresql", name: "postgres")
            ),
            (":backup", Account(user: 0, group: 34, groups: [34], home: "/root", name: "root")),
            (
                "postgres:",
                Account(user: 70, group: 71, groups: [71, 10, 34], home: "/var/lib/postgresql", name: "postgres")
            ),
            ("90", Account(user: 91, group: 92, groups: [92], home: "/ninety", name: "90")),
            ("1:20", Account(user: 1, group: 21, groups: [21], home: "/", name: nil)),
            ("nohome", Account(user: 80, group: 81, groups: [81], home: "/", name: "nohome")),
            ("indented", Account(user: 11, group: 11, groups: [11], home: "/home/indented", name: "indented")),
            ("short", Account(user: 12, group: 13, groups: [13], home: "/", name: "short")),
            ("2147483647", Account(user: 2_147_483_647, group: 0, groups: [0], home: "/", name: nil)),
        ])
    func resolves(specification: String, expected: Account) throws {
        #expect(try accounts().resolve(specification) == expected)
    }

    @Test(
        "what the image does not have is an error that names it",
        arguments: [
            ("nobody", AccountError.unknownUser("nobody")),
            ("broken", .unknownUser("broken")),
            ("negative", .unknownUser("negative")),
            ("huge", .unknownUser("huge")),
            ("tooshort", .unknownUser("tooshort")),
            ("-1", .unknownUser("-1")),
            ("+1", .unknownUser("+1")),
            (" 0", .unknownUser(" 0")),
            ("2147483648", .numberOutOfRange("2147483648")),
            ("99999999999999999999", .numberOutOfRange("99999999999999999999")),
            ("root:nogroup", .unknownGroup("nogroup")),
            ("root:bad", .unknownGroup("bad")),
            ("root:a:b", .unknownGroup("a:b")),
            ("0:4294967295", .numberOutOfRange("4294967295")),
        ])
    func refuses(specification: String, error: AccountError) throws {
        let accounts = try accounts()
        #expect(throws: error) { try accounts.resolve(specification) }
    }

    @Test("an image without the files has numbers only")
    func noFiles() throws {
        let accounts = try Accounts()
        #expect(try accounts.resolve("") == Account(user: 0, group: 0, groups: [0], home: "/", name: nil))
        #expect(try accounts.resolve("5:6").groups == [6])
        #expect(throws: AccountError.unknownUser("root")) { try accounts.resolve("root") }
        #expect(try accounts.resolveGroup("7") == 7)
        #expect(throws: AccountError.unknownGroup("wheel")) { try accounts.resolveGroup("wheel") }
    }

    @Test("files and lines have bounds, and any bytes end in an answer")
    func bounds() throws {
        #expect(throws: AccountError.fileTooLong("/etc/passwd", limit: 4 << 20)) {
            try Accounts(passwd: [UInt8](repeating: 10, count: (4 << 20) + 1))
        }
        #expect(throws: AccountError.lineTooLong("/etc/group", line: 2, limit: 65536)) {
            try Accounts(group: [10] + [UInt8](repeating: 97, count: 65537))
        }
        let noise = (0..<5000).map { UInt8(truncatingIfNeeded: $0 &* 37 ^ $0 >> 3) }
        #expect(try Accounts(passwd: noise, group: noise).resolve("3").user == 3)
    }
}
