public import DoozerProtocol

/// Why a client did not get what it asked for.
public enum ClientError: Error, Hashable, Sendable {
    /// The text is no Doozer URI.
    case invalidURI(String, reason: String)
    /// A URI names a cluster, and there is no other cluster to find it in.
    case noBootCluster(cluster: String)
    /// The boot cluster has no servers under that name.
    case unknownCluster(String)
    /// No server could be reached; the last one tried, and why.
    case unreachable(String, reason: String)
    /// The connection broke before the answer.
    case connectionLost(String, reason: String)
    /// The server sent what is no answer to the request.
    case protocolViolation(String, reason: String)
    /// The time allowed passed first.
    case timedOut
    /// The server refused; the subject is the path or glob of the request, if it had one.
    case refused(Doozer_Response.Err, detail: String, subject: String)
}

extension ClientError: CustomStringConvertible {
    /// One sentence for people, with what to do where there is something.
    public var description: String {
        switch self {
        case .invalidURI(let text, let reason):
            "'\(text)' is not a Doozer URI such as 'doozer:?ca=127.0.0.1:8046': \(reason)"
        case .noBootCluster(let cluster):
            "the servers of cluster '\(cluster)' are not known; set DOOZER_BOOT_URI to a cluster that lists them, or give 'ca='"
        case .unknownCluster(let cluster):
            "no servers are listed under /ctl/ns/\(cluster) in the boot cluster"
        case .unreachable(let server, let reason):
            "cannot connect to \(server): \(reason)"
        case .connectionLost(let server, let reason):
            "lost the connection to \(server): \(reason)"
        case .protocolViolation(let server, let reason):
            "\(server) does not speak the Doozer protocol: \(reason)"
        case .timedOut:
            "timed out"
        case .refused(let code, let detail, let subject):
            (subject.isEmpty ? "" : "\(subject): ") + ClientError.sentence(code, detail)
        }
    }

    private static func sentence(_ code: Doozer_Response.Err, _ detail: String) -> String {
        let text =
            switch code {
            case .tagInUse: "tag is in use"
            case .unknownVerb: "the server does not know this verb"
            case .readonly: "the server is read-only"
            case .tooLate: "revision is older than the server's history"
            case .revMismatch: "changed since the revision given"
            case .badPath: "not a path; it takes '/' and ASCII letters, digits, '.' and '-'"
            case .missingArg: "the request lacks a field"
            case .range: "past the end"
            case .notdir: "not a directory"
            case .isdir: "is a directory"
            case .noent: "no such file or directory"
            case .other: "refused"
            }
        return detail.isEmpty ? text : "\(text): \(detail)"
    }
}
