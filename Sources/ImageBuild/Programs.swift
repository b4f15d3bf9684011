import Glibc
import LinuxKernel

/// Where the programs are found that a build needs: not by the caller's `PATH`, in which `sbin` is often missing.
struct Programs {
    /// Directories, separated by colons.
    var searchPath = Self.standardPath

    /// Also the `PATH` of the images that are made.
    static let standardPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    /// The absolute path of a program.
    ///
    /// - Parameter package: What to install where it is missing.
    func path(of program: String, package: String) throws(ImageBuildError) -> String {
        for directory in searchPath.split(separator: ":") where access("\(directory)/\(program)", X_OK) == 0 {
            return "\(directory)/\(program)"
        }
        throw ImageBuildError(.toolMissing(program: program, package: package))
    }

    /// Runs a program of apt to its end; returns its exit code, -1 where a signal ended it, and what it printed.
    func runApt(_ program: String, _ arguments: [String]) throws -> (code: CInt, output: String) {
        let child = try ChildProcess(
            [try path(of: program, package: "apt")] + arguments,
            environment: ["PATH=\(searchPath)", "LC_ALL=C.UTF-8"])
        let output = try child.readOutput()
        guard case .exited(let code) = try child.wait() else { return (-1, "") }
        return (code, String(decoding: output, as: UTF8.self))
    }
}
