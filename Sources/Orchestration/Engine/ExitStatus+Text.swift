extension ExitStatus {
    /// `exited with 3`, `was killed by SIGTERM`, `was killed by SIGKILL: out of memory`.
    public var text: String {
        switch self {
        case .exited(let code): "exited with \(code)"
        case .signalled(let signal, let oomKilled):
            "was killed by \(SignalName.name(of: signal))\(oomKilled ? ": out of memory" : "")"
        }
    }
}
