import Glibc
import Testing

@Suite("Namespaces that services share", .needsRoot())
struct NamespaceTests {
    @Test(
        "the processes that a service sees",
        arguments: [
            ("service: own", "", "0"), ("service", "pid: 'service:other',", "1"), ("host", "pid: host,", "1"),
        ])
    func processes(name: String, attribute: String, others: String) throws {
        let fixture = try Fixture(
            """
            services:
              other: {image: busybox, \(attribute.contains("host") ? "pid: host," : "") command: [sleep, "4321"]}
              box: {image: busybox, \(attribute) command: [sleep, "1000"], depends_on: [other]}
            test: {on: box}
            """)
        #expect(try fixture.output(of: "ps -o args | grep -c '^sleep 4321$' || true") == others)
    }

    @Test(
        "nothing stays of services that share processes, and those that outlive their first process are ended",
        .onlyAsRoot("without control groups they end with the environment"))
    func sharedProcessesEnd() throws {
        let fixture = try Fixture(
            """
            services:
              box: {image: busybox, pid: host, command: [sh, -c, 'sleep 4322 & exec sleep 1000']}
              brief: {image: busybox, pid: host, command: [sh, -c, 'sleep 4323 & touch /out/done'], volumes: [./out:/out]}
            test:
              on: box
              depends_on: {brief: {condition: service_completed_successfully}}
            """)
        try fixture.scratch.makeDirectory("out")
        let check = try LeakCheck(fixture)
        let script = """
            n=0; while ps -o args | grep -q '^sleep 4323$' && [ $n -lt 100 ]; do n=$((n+1)); sleep 0.02; done
            ps -o args | grep -c '^sleep 4323$' || true
            """
        #expect(try fixture.output(of: script) == "0")
        #expect(try check.leftovers() == [])
    }

    @Test(
        "shared memory is a service's own, another's, or none",
        arguments: [
            ("ipc: private,", "none"), ("ipc: shareable,", "none"), ("ipc: 'service:other',", "there"),
            ("ipc: none,", "no mount"),
        ])
    func sharedMemory(attribute: String, expected: String) throws {
        let fixture = try Fixture(
            """
            services:
              other: {image: busybox, command: [sh, -c, 'touch /dev/shm/seen; exec sleep 1000'], ready: {file: /dev/shm/seen, timeout: 60s}}
              box: {image: busybox, \(attribute) command: [sleep, "1000"], depends_on: {other: {condition: service_healthy}}}
            test: {on: box}
            """)
        let script = """
            grep -q ' /dev/shm ' /proc/mounts || { echo no mount; exit; }
            [ -e /dev/shm/seen ] && echo there || echo none
            """
        #expect(try fixture.output(of: script) == expected)
    }

    @Test("'ipc: host' is shared by the services that ask for it")
    func sandboxMemory() throws {
        let fixture = try Fixture(
            """
            services:
              a: {image: busybox, ipc: host, command: [sh, -c, 'touch /dev/shm/seen; exec sleep 1000'], ready: {file: /dev/shm/seen, timeout: 60s}}
              b: {image: busybox, ipc: host, command: [sleep, "1000"], depends_on: {a: {condition: service_healthy}}}
            test: {on: b}
            """)
        let script = "[ -e /dev/shm/seen ] && echo there; readlink /proc/1/ns/ipc"
        let output = try fixture.output(of: script)
        #expect(output.hasPrefix("there\n"))
        var buffer = [CChar](repeating: 0, count: 64)
        let count = readlink("/proc/self/ns/ipc", &buffer, buffer.count)
        let own = String(decoding: buffer.prefix(max(count, 0)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        #expect(!output.contains(own))
    }

    @Test("host and domain name are the service's, or this machine's")
    func names() throws {
        let fixture = try Fixture(
            """
            services:
              own: {image: busybox, hostname: boxed, domainname: example.test, command: [sleep, "1000"]}
              host: {image: busybox, uts: host, command: [sh, -c, 'hostname > /out/new; mv /out/new /out/name; exec sleep 1000'], volumes: [./out:/out], ready: {file: /out/name, timeout: 60s}}
            test: {on: own}
            """)
        let out = try fixture.scratch.makeDirectory("out")
        #expect(try fixture.output(of: "hostname; cat /proc/sys/kernel/domainname") == "boxed\nexample.test")
        var name = utsname()
        uname(&name)
        let host = withUnsafeBytes(of: name.nodename) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        #expect(readText("\(out)/name") == "\(host)\n")
    }

    @Test("kernel parameters are the container's own")
    func parameters() throws {
        let fixture = try Fixture(
            """
            services:
              box:
                image: busybox
                command: [sleep, "1000"]
                sysctls: {net.core.somaxconn: 77, net.ipv4.conf.eth0.rp_filter: 2, kernel.shmmax: 4096, fs.mqueue.msg_max: 5}
            test: {on: box}
            """)
        let before = readText("/proc/sys/kernel/shmmax")
        let script = """
            cd /proc/sys; cat net/core/somaxconn net/ipv4/conf/eth0/rp_filter kernel/shmmax fs/mqueue/msg_max
            echo 1 > net/core/somaxconn
            """
        let outcome = try fixture.run(["sh", "-c", script])
        #expect(outcome.output == "77\n2\n4096\n5\n", "\(outcome.error)")
        #expect(outcome.code != 0, "/proc/sys is read-only")
        #expect(readText("/proc/sys/kernel/shmmax") == before)
    }
}
