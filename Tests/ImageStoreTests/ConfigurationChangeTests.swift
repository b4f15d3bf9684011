import ImageStore
import OCI
import Testing

@Suite("Changes of an image's configuration")
struct ConfigurationChangeTests {
    static let readable: [(String, ConfigurationChange)] = [
        ("CMD [\"/bin/sh\", \"-c\", \"a b\"]", .command(["/bin/sh", "-c", "a b"])),
        ("cmd echo hello", .command(["/bin/sh", "-c", "echo hello"])),
        ("CMD [not json", .command(["/bin/sh", "-c", "[not json"])),
        ("ENTRYPOINT [\"/init\"]", .entrypoint(["/init"])),
        ("ENV A=1 B=\"two words\" C='x y' D=a\\ b E=", .environment(["A=1", "B=two words", "C=x y", "D=a b", "E="])),
        ("ENV A the rest of it", .environment(["A=the rest of it"])),
        ("ENV A=\"it's\" B='say \"x\"'", .environment(["A=it's", "B=say \"x\""])),
        ("USER 1000:1000", .user("1000:1000")),
        ("WORKDIR /srv/a b", .workingDirectory("/srv/a b")),
        ("EXPOSE 80 53/udp", .exposedPorts(["80/tcp", "53/udp"])),
        ("VOLUME /data /more", .volumes(["/data", "/more"])),
        ("VOLUME [\"/with space\"]", .volumes(["/with space"])),
        ("STOPSIGNAL SIGINT", .stopSignal("SIGINT")),
        ("LABEL a=1 b=\"2 3\"", .labels(["a": "1", "b": "2 3"])),
    ]

    @Test("are read as docker import --change reads them", arguments: readable)
    func accepted(text: String, change: ConfigurationChange) throws {
        #expect(try ConfigurationChange(text) == change)
    }

    static let mistakes: [(String, String)] = [
        ("", "expected an instruction"), ("CMD", "expected an instruction"), ("RUN true", "'RUN' is none of"),
        ("WORKDIR srv", "absolute"), ("EXPOSE http", "'http' is not a port"), ("EXPOSE 0", "not a port"),
        ("EXPOSE 80/icmp", "not a port"), ("VOLUME data", "absolute"), ("ENV A", "has no value"),
        ("ENV A=\"open", "quote"), ("ENV A=1 B", "'B' is not NAME=value"), ("ENV =1", "not NAME=value"),
        ("LABEL a=\\", "backslash"),
    ]

    @Test("say what is wrong", arguments: mistakes)
    func refused(text: String, reason: String) {
        let error = #expect(throws: ImageStoreError.self) { try ConfigurationChange(text) }
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "none")")
    }

    @Test("apply in order: variables replace those of their name, the rest adds up or replaces")
    func applied() {
        var defaults = ContainerDefaults()
        let changes: [ConfigurationChange] = [
            .environment(["A=1", "AB=2"]), .environment(["A=3", "C=4"]), .volumes(["/a"]), .volumes(["/b"]),
            .labels(["x": "1"]), .labels(["x": "2", "y": "3"]), .command(["a"]), .command(["b"]),
        ]
        for change in changes { change.apply(to: &defaults) }
        #expect(defaults.env == ["A=3", "AB=2", "C=4"])
        #expect(defaults.volumes?.keys.sorted() == ["/a", "/b"])
        #expect(defaults.labels == ["x": "2", "y": "3"])
        #expect(defaults.cmd == ["b"])
    }
}
