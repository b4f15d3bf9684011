import Glibc
import Testing

@Suite("Volumes", .needsRoot())
struct VolumeTests {
    @Test(
        "an empty volume is filled from the image, with owners, modes and links", .needsUsers(),
        arguments: ["data:", ""])
    func filled(source: String) throws {
        let fixture = try Fixture(
            """
            services: {s: {image: \(RootFileSystem.image()), command: [sleep, "1000"], volumes: ['\(source)/srv/data']}}
            volumes: {data: }
            test: {on: s}
            """)
        let text = try fixture.output(
            of: "stat -c '%u:%g %a' /srv/data /srv/data/file; readlink /srv/data/link; cat /srv/data/file")
        #expect(text == "1234:2345 2770\n1234:99 640\nfile\nof the image")
    }

    @Test("nocopy leaves it empty")
    func noCopy() throws {
        let fixture = try Fixture(
            """
            services:
              s:
                image: \(RootFileSystem.image())
                command: [sleep, "1000"]
                volumes: [{type: volume, source: data, target: /srv/data, volume: {nocopy: true}}]
            volumes: {data: }
            test: {on: s}
            """)
        #expect(try fixture.output(of: "ls /srv/data").isEmpty)
    }

    @Test("services share a volume, one of them for reading only")
    func shared() throws {
        let fixture = try Fixture(
            """
            services:
              writer: {image: busybox, command: [sh, -c, 'echo written > /a/file; sleep 1000'], volumes: [data:/a], ready: {file: /a/file, timeout: 60s}}
              reader: {image: busybox, command: [sleep, "1000"], volumes: ['data:/b:ro'], depends_on: {writer: {condition: service_healthy}}}
            volumes: {data: }
            test: {on: reader}
            """)
        #expect(try fixture.output(of: "cat /b/file; touch /b/new 2>/dev/null || echo refused") == "written\nrefused")
    }

    @Test("a run's volumes and containers are its own: the next begins with the image's content")
    func ephemeral() throws {
        let fixture = try Fixture(
            """
            services: {s: {image: \(RootFileSystem.image()), command: [sleep, "1000"], volumes: ['data:/srv/data']}}
            volumes: {data: }
            test: {on: s}
            """)
        let script = """
            cat /srv/data/file; ls /new 2>/dev/null
            echo changed > /srv/data/file; touch /new
            """
        #expect(try fixture.output(of: script) == "of the image")
        #expect(try fixture.output(of: script) == "of the image")
    }

    @Test("a bind mount is the host's directory; read-only where told")
    func bind() throws {
        let fixture = try Fixture(
            """
            services:
              s:
                image: busybox
                command: [sleep, "1000"]
                volumes: ['./own:/own', {type: bind, source: ./other, target: /other, read_only: true}]
            test: {on: s}
            """)
        let own = try fixture.scratch.makeDirectory("own")
        try fixture.scratch.write("of the host", to: "other/file")
        let text = try fixture.output(
            of: "cat /other/file; echo new > /own/file; touch /other/new 2>/dev/null || echo ' refused'")
        #expect(text == "of the host refused")
        #expect(readText("\(own)/file") == "new\n")
    }

    @Test("tmpfs has the size and the mode that it was given")
    func inMemory() throws {
        let fixture = try Fixture(
            """
            services: {s: {image: busybox, command: [sleep, "1000"], tmpfs: ['/scratch:size=1m,mode=1750']}}
            test: {on: s}
            """)
        let text = try fixture.output(
            of:
                "stat -c %a /scratch; dd if=/dev/zero of=/scratch/x bs=64k count=32 2>/dev/null || stat -c %s /scratch/x"
        )
        #expect(text == "1750\n1048576")
    }

    @Test("a read-only root can't be written; what is mounted can")
    func readOnlyRoot() throws {
        let fixture = try Fixture(
            """
            services: {s: {image: busybox, command: [sleep, "1000"], read_only: true, tmpfs: [/scratch], volumes: ['data:/data']}}
            volumes: {data: }
            test: {on: s}
            """)
        let text = try fixture.output(
            of: "touch /new 2>/dev/null || echo refused; touch /scratch/new /data/new /dev/shm/new && echo written")
        #expect(text == "refused\nwritten")
    }
}
