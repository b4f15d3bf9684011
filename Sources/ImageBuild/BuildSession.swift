import ImageStore
import LinuxKernel

/// A build while it runs: what it says is followed on the thread that also receives its archive.
final class BuildSession {
    private let child: ChildProcess
    private let progress: (BuildProgress) -> Void
    private let isCancelledByCaller: () -> Bool
    private var output = BuildOutput()
    /// Why the build has failed, as far as that is known.
    private(set) var failure: (any Error)?

    init(
        _ child: ChildProcess, progress: @escaping (BuildProgress) -> Void, isCancelled: @escaping () -> Bool
    ) {
        self.child = child
        self.progress = progress
        isCancelledByCaller = isCancelled
    }

    /// Waits until the archive begins, which is when everything has been installed.
    ///
    /// - Throws: ``ImageBuildError`` of kind `cancelled`.
    func waitForArchive() throws {
        while try !child.waitForOutput() {
            try listen()
            if isCancelledByCaller() { throw ImageBuildError(.cancelled) }
        }
    }

    /// For the import: listens on the side, so that the program is never held up by a full pipe.
    func isCancelled() -> Bool {
        do {
            try listen()
        } catch {
            failure = error
            return true
        }
        return isCancelledByCaller()
    }

    /// For the import.
    func note(_ imported: ImportProgress) {
        progress(
            BuildProgress(step: "storing the image (\(imported.bytes >> 20) MiB)", fraction: max(output.fraction, 0.87))
        )
    }

    /// For the import, when the archive has ended: did the program end well?.
    func confirm() throws {
        do {
            if let failure { throw failure }
            try checkExit()
        } catch {
            failure = error
            throw error
        }
    }

    private func checkExit() throws {
        let exit = try child.wait()
        try listen()
        if exit == .exited(0) { return }
        if let cause = output.cause { throw ImageBuildError(cause) }
        switch exit {
        case .exited(let code): throw ImageBuildError(.failed(code: code, output: output.explanation))
        case .signalled(let signal): throw ImageBuildError(.failed(code: 128 + signal, output: output.explanation))
        }
    }

    private func listen() throws {
        if output.append(try child.readMessages()) {
            progress(BuildProgress(step: output.step, fraction: output.fraction))
        }
    }
}
