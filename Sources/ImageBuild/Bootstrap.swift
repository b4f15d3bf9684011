import Glibc
import ImageStore
import LinuxKernel

/// One run of mmdebstrap, whose archive goes through a pipe into the store.
struct Bootstrap {
    let list: PackageList
    let host: Distribution
    /// Where it works; removed by the next sweep where this process is killed.
    let workspace: String
    let programs: Programs
    /// The caller is not root.
    let isInUserNamespace: Bool

    private var sources: AptSources { AptSources(programs: programs) }

    /// Starts it.
    ///
    /// If this process is killed, `setpriv --pdeathsig` has the kernel kill the outermost `unshare`, whose
    /// `--kill-child` does the same to the first process of a PID namespace, with which every apt, dpkg and maintainer
    /// script ends and, in a mount namespace of its own, every mount. Without root all of this is done as root of a user
    /// namespace: mmdebstrap's own (`--mode=unshare`) has other ids, who could not enter a user's home.
    func start() throws -> ChildProcess {
        var command = [try programs.path(of: "setpriv", package: "util-linux"), "--pdeathsig", "KILL"]
        command += [try programs.path(of: "unshare", package: "util-linux"), "--pid", "--fork"]
        command += ["--kill-child=KILL", "--mount", "--mount-proc", "--"]
        command.append(try programs.path(of: "mmdebstrap", package: "mmdebstrap"))
        command += try options()
        command += ["--", list.distribution.suite, "-"]
        command += try sources.mirrors(for: list.distribution.suite, host: host)
        guard isInUserNamespace else { return try ChildProcess(command, environment: try environment()) }
        let env = try programs.path(of: "env", package: "coreutils")
        return try ChildProcess(inUserNamespace: [env, "-i"] + (try environment()) + command)
    }

    private func options() throws -> [String] {
        let connection = "\(workspace)/apt.conf"
        let file = try OwnedDescriptor.open(connection, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o644)
        try writeAll(Array(try sources.connectionOptions().utf8), to: file.rawValue)
        let place = "\"$1\"/etc/apt/apt.conf.d/00host"
        return [
            "--mode=root",
            // Essential packages and apt itself: the smallest base that more can be installed on.
            "--variant=apt",
            "--format=tar", "--verbose",
            "--include=\(list.names.joined(separator: ","))",
            "--aptopt=APT::Install-Recommends \"false\"",
            "--aptopt=Acquire::Languages \"none\"",
            // The host's way to its mirrors must not become the image's.
            "--setup-hook=cp '\(connection)' \(place)",
            "--customize-hook=rm -f \(place) \"$1\"/etc/resolv.conf \"$1\"/etc/hostname \"$1\"/etc/machine-id",
            // Packages make directories in /run that a machine's init would make again at boot, such as postgresql's for
            // its socket; a container has no such init.
            "--skip=cleanup/run",
        ] + Self.excluded.map { "--dpkgopt=\($0)" }
    }

    /// Documentation and translations, which no test reads; licences stay.
    private static let excluded = [
        "path-exclude=/usr/share/doc/*", "path-include=/usr/share/doc/*/copyright",
        "path-exclude=/usr/share/man/*", "path-exclude=/usr/share/info/*", "path-exclude=/usr/share/lintian/*",
        "path-exclude=/usr/share/groff/*", "path-exclude=/usr/share/locale/*",
        "path-include=/usr/share/locale/locale.alias",
    ]

    private func environment() throws -> [String] {
        var variables = [
            "PATH=\(programs.searchPath)", "HOME=/root", "LC_ALL=C.UTF-8", "LANG=C.UTF-8", "TMPDIR=\(workspace)",
            "DEBIAN_FRONTEND=noninteractive", "SOURCE_DATE_EPOCH=\(try sources.date())",
        ]
        for name in ["http_proxy", "https_proxy", "ftp_proxy", "no_proxy"] {
            if let value = getenv(name) { variables.append("\(name)=\(String(cString: value))") }
        }
        return variables
    }
}
