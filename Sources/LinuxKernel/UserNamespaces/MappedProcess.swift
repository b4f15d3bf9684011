import CLinux
import Glibc

/// This very program, executed anew as root of a user namespace of its own in which the caller is user 0: how a user
/// without privileges comes by what needs some.
///
/// The kernel gives the process every capability over what belongs to the namespace, and none over anything else. Where
/// the user has subordinate ids, newuidmap(1) and newgidmap(1) set the map; otherwise the process itself makes the
/// caller its only user, for which no privilege is needed.
public struct MappedProcess: Sendable {
    /// In the caller's PID namespace.
    public let pid: pid_t
    /// Its pidfd.
    public let descriptor: CInt
    private let mapper: IdentityMapper?
    /// Where it tells what has gone wrong before the program began; at its end the program runs.
    private let report: CInt
    private let remark: String?

    /// Starts one.
    ///
    /// - Parameters:
    ///   - arguments: The first is the name that it knows its task by.
    ///   - namespaces: What it gets new, besides the user namespace. With `mount`, the program is executed from a
    ///     read-only mount of its file: a process that runs the program in a container could otherwise open the file for
    ///     writing by way of /proc/self/exe (CVE-2019-5736), and a user may own it.
    ///   - descriptors: What it gets as 0, 1, …; `nil`: what the caller has there.
    /// - Throws: ``SystemCallError``: `EPERM` or `ENOSPC` from clone3 where the host forbids user namespaces.
    public static func start(
        _ arguments: [String], namespaces: Namespaces, descriptors: [CInt?]
    ) throws(SystemCallError) -> MappedProcess {
        let subordinates = SubordinateIDs.ofCallingUser()
        let map = IdentityMap(user: geteuid(), group: getegid(), subordinates: subordinates)
        let missing = map.isSingle ? [] : IdentityMapper.missingPrograms()
        let done = try OwnedDescriptor.pipe()
        let report = try OwnedDescriptor.pipe()
        let child = try MappedChild(
            arguments, descriptors: descriptors, done: done.reader.rawValue, unused: done.writer.rawValue,
            report: report.writer.rawValue, isProtected: namespaces.contains(.mount))
        let (pid, descriptor) = try cloneProcess(namespaces.union(.user)).taken()
        if pid == 0 { child.run() }
        let isMapped = !map.isSingle && missing.isEmpty
        let mapper = try isMapped ? IdentityMapper(map, of: pid, done: done.writer.rawValue) : nil
        return MappedProcess(
            pid: pid, descriptor: descriptor, mapper: mapper, report: report.takeReader().release(),
            remark: Self.remark(map, missing))
    }

    /// Waits until the program runs.
    ///
    /// - Returns: Why its user namespace has no other users than the caller, in words; `nil`: it has all that the caller
    ///   may give.
    /// - Throws: ``SystemCallError`` of the call that has kept it from running.
    public func confirm() throws(SystemCallError) -> String? {
        defer { close(report) }
        let refusal = try mapper?.finish() ?? remark
        let told = try readAll(report, limit: 64)
        guard told.count == 8 else { return refusal }
        let (step, code) = (told[0], CInt(told[4]) | CInt(told[5]) << 8)
        let call = MappedChild.Step(rawValue: step)?.call ?? "execveat"
        throw SystemCallError(call: call, errno: code, subject: "a user namespace")
    }

    /// Programs of the package uidmap that are not there, and without which subordinate ids are of no use.
    public static func missingPrograms() -> [String] { IdentityMapper.missingPrograms() }

    private static func remark(_ map: IdentityMap, _ missing: [String]) -> String? {
        if map.isSingle { return "the user has none in /etc/subuid and /etc/subgid" }
        return missing.isEmpty ? nil : "\(missing.joined(separator: " and ")) missing"
    }
}
