import EnvironmentFile
import Testing

@Suite("What is kept of a service's output")
struct LoggingTests {
    @Test(
        "size and number of the files",
        arguments: [
            ("{}", 16 << 20, 3), ("{driver: json-file, options: {max-size: 10m, max-file: 5}}", 10 << 20, 5),
            ("{driver: local, options: {max-size: 1g, max-file: '1'}}", 1 << 30, 1),
            ("{options: {max-size: 1k}}", 128 << 10, 3), ("{options: {max-size: -1}}", 16 << 20, 3),
        ])
    func limits(text: String, size: Int64, files: Int) throws {
        let loaded = try loadService("logging: \(text)")
        #expect(loaded.messages == [])
        #expect(loaded.service?.logging.maximumSize == size)
        #expect(loaded.service?.logging.maximumFiles == files)
        #expect(loaded.service?.logging.isKept == true)
    }

    @Test("'none' keeps nothing")
    func none() throws {
        #expect(try loadService("logging: {driver: none}").service?.logging.isKept == false)
    }

    @Test("other drivers and options are warned about where they stand")
    func others() throws {
        let loaded = try loadService("logging: {driver: syslog, options: {tag: x}}")
        #expect(
            loaded.messages == [
                "4:23: warning: the logging driver 'syslog' is not honoured: output is kept in files",
                "4:41: warning: the logging option 'tag' is not honoured",
            ])
    }

    @Test("what can't be is an error", arguments: ["max-size: many", "max-size: 0", "max-file: 0", "max-file: many"])
    func mistakes(text: String) throws {
        #expect(try loadService("logging: {options: {\(text)}}").result.hasErrors)
    }
}
