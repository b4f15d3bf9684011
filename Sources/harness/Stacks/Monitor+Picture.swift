import LinuxKernel
import Orchestration

/// How often time goes on in what a terminal is shown.
private let pictureInterval: Duration = .milliseconds(100)

extension Monitor {
    /// Shows a line that a container has printed, where a terminal is to have it.
    func show(_ line: LogLine, of container: ContainerPlan) {
        guard let attachment else { return }
        let write = { attachment.output.write(line.text, of: container.name) }
        if let reporter { reporter.besidePicture(write) } else { write() }
    }

    /// Time goes on in what a terminal is shown, also when nothing happens.
    func keepPicture() -> Task<Void, Never> {
        Task(executorPreference: loop) { [self] in
            do {
                while true {
                    try await loop.sleep(for: pictureInterval)
                    reporter?.pass(to: start.duration(to: .now))
                }
            } catch {
                // The boot is over.
            }
        }
    }
}
