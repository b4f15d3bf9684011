import Glibc
import ImageStore
import LinuxKernel

/// Where packages come from: always what the host's apt is configured with at the time.
struct AptSources {
    let programs: Programs

    /// Arguments for mmdebstrap: files of the host, or lines for another suite of the same mirrors.
    func mirrors(for suite: String, host: Distribution) throws -> [String] {
        if suite == host.suite {
            let files = try configurationFiles()
            guard !files.isEmpty else { throw ImageBuildError(.noSources) }
            return files
        }
        let lines = try targets().compactMap { target in line(target, for: suite, host: host) }
        guard !lines.isEmpty else { throw ImageBuildError(.noSources) }
        return lines
    }

    /// The files that sources.list(5) names, in apt's order.
    private func configurationFiles() throws(SystemCallError) -> [String] {
        var files = access("/etc/apt/sources.list", R_OK) == 0 ? ["/etc/apt/sources.list"] : []
        let directory = "/etc/apt/sources.list.d"
        files += try entriesIfPresent(directory)
            .filter { $0.hasSuffix(".list") || $0.hasSuffix(".sources") }.map { "\(directory)/\($0)" }
        var used: [String] = []
        for file in files {
            let text = String(decoding: try readRegularFile(file), as: UTF8.self)
            // One without an entry is nothing that mmdebstrap can tell the format of.
            let hasEntry = text.split(separator: "\n").contains { $0.hasPrefix("deb") || $0.hasPrefix("Types:") }
            if hasEntry { used.append(file) }
        }
        return used
    }

    /// `SITE|RELEASE|COMPONENT|ORIGIN` of every package list that apt knows.
    private func targets() throws -> [[String]] {
        let format = "$(SITE)|$(RELEASE)|$(COMPONENT)|$(ORIGIN)"
        let (code, output) = try programs.runApt(
            "apt-get", ["indextargets", "--format", format, "Created-By: Packages"])
        guard code == 0 else { throw ImageBuildError(.noSources) }
        return output.split(separator: "\n").map {
            $0.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
        }
    }

    /// The line of another suite that stands for a list of the host's suite: `bookworm-updates` becomes
    /// `SUITE-updates`.
    ///
    /// Sources of others than the distribution itself are left out: they need not have the suite.
    private func line(_ target: [String], for suite: String, host: Distribution) -> String? {
        guard target.count == 4, target[1].hasPrefix(host.suite), target[3].lowercased() == host.id else { return nil }
        let pocket = target[1].dropFirst(host.suite.count)
        // Debian's development suites have neither updates nor security.
        if ["sid", "unstable", "experimental"].contains(suite), !pocket.isEmpty { return nil }
        return "deb \(target[0]) \(suite)\(pocket) \(target[2])"
    }

    /// Options of the host's apt that decide whether it reaches its mirrors: proxies, certificates, dates.
    func connectionOptions() throws -> String {
        let (code, output) = try programs.runApt("apt-config", ["dump", "Acquire"])
        guard code == 0 else { return "" }
        let wanted = ["proxy", "check-valid-until", "check-date", "cainfo", "capath", "ssl", "verify-"]
        return output.split(separator: "\n")
            .filter { line in
                let key = line.prefix { $0 != " " }.lowercased()
                return wanted.contains { key.contains($0) } && !line.hasSuffix(" \"\";")
            }
            .map { $0 + "\n" }.joined()
    }

    /// When the host's package lists were last changed by their publisher, in seconds since the epoch; now, where
    /// there are none.
    ///
    /// Files of the image get no later time, so that equal lists give equal images.
    func date() throws(SystemCallError) -> Int {
        var newest = 0
        for name in try entriesIfPresent("/var/lib/apt/lists") where name.hasSuffix("Release") {
            var status = stat()
            guard stat("/var/lib/apt/lists/\(name)", &status) == 0 else { continue }
            newest = max(newest, Int(status.st_mtim.tv_sec))
        }
        return newest > 0 ? newest : time(nil)
    }

    /// What apt would install now, by the host's lists; `nil` where it can't tell.
    func resolve(_ list: PackageList) throws -> InstalledPackages? {
        let options = ["-o", "Dir::State::status=/dev/null", "-o", "Debug::NoLocking=1", "--no-install-recommends"]
        let (code, output) = try programs.runApt(
            "apt-get", ["--simulate"] + options + ["install", "?essential", "apt"] + list.names)
        return code == 0 ? InstalledPackages(simulation: output) : nil
    }
}
