extension Execution {
    /// How long a test may take to end by itself after an interruption, and to be gone after it was killed.
    private static let testGracePeriod: Duration = .seconds(1)
    private static let interrupt: Int32 = 2
    private static let kill: Int32 = 9

    /// Runs the test, or, where there is none, waits for an interruption; `nil`: interrupted.
    func test(in group: inout DiscardingTaskGroup) async -> Result<RunOutcome.Ending?, BootError> {
        let start = clock.now
        if let test = plan.test {
            group.addTask { await self.runTest(test) }
            if let timeout = test.timeout {
                group.addTask { await self.endTest(at: start + timeout) }
            }
        }
        let end: TestEnd
        do { end = try await tested.wait() } catch { end = .interrupted }
        await stopTest(after: end)
        switch end {
        case .failed(let error):
            emit(.bootFailed(error))
            return .failure(error)
        case .interrupted: return .success(nil)
        case .ended(let ending):
            emit(.testEnded(ending, after: clock.now - start))
            await keepUp(after: ending, in: &group)
            return .success(ending)
        }
    }

    private func runTest(_ test: TestPlan) async {
        do {
            let started = try await startTest(test)
            startedTest.set(started)
            emit(.testStarted(test))
            let status = await started.process.wait()
            testExit.set(status)
            tested.set(.ended(.exited(status)))
        } catch let error as BootError {
            tested.set(.failed(error))
        } catch {
            guard !Task.isCancelled else { return }
            var service: String?
            if case .service(let name) = test.place { service = name }
            tested.set(.failed(BootError(service: service, phase: .test, reason: .engine(error))))
        }
    }

    private func startTest(_ test: TestPlan) async throws -> StartedTest {
        let process: any RunningProcess
        switch test.place {
        case .host: process = try await sandbox.runOnHost(test.process)
        case .container(let container):
            let running =
                if let testStreams {
                    try await sandbox.start(container, streams: testStreams)
                } else {
                    try await sandbox.startAttached(container)
                }
            return StartedTest(process: running) { try await running.kill() }
        case .service(let name):
            guard let service = services.first(where: { $0.plan.name == name }), let container = service.container
            else { throw EngineError(.sandboxLost("service '\(name)' was never started")) }
            if let status = service.exit.value {
                throw BootError(
                    service: name, phase: .test, reason: .exited(status), logs: service.logs.lines,
                    position: service.plan.position)
            }
            process = try await container.runAttached(test.process)
        }
        return StartedTest(process: process) { try await process.send(signal: Self.kill) }
    }

    private func endTest(at deadline: Duration) async {
        do { try await clock.sleep(until: deadline) } catch { return }
        tested.set(.ended(.timedOut))
    }

    /// Ends a test that has not ended by itself.
    ///
    /// A terminal sends its interrupt to the test as well, so that signal is not passed on; one that only this
    /// process got is. In a container of its own the test is process 1, which ignores what it has no handler for.
    private func stopTest(after end: TestEnd) async {
        guard let test = startedTest.value, testExit.value == nil else { return }
        do {
            if case .interrupted = end, case .signal(let signal)? = interruption.cause.value {
                let isContainer = if case .container? = plan.test?.place { true } else { false }
                if !isContainer {
                    if signal != Self.interrupt { try await test.process.send(signal: signal) }
                    if await hasTestEnded(within: Self.testGracePeriod) { return }
                }
            }
            try await test.kill()
            _ = await hasTestEnded(within: Self.testGracePeriod)
        } catch {
            // What can't be killed alone goes with the sandbox.
        }
    }

    private func hasTestEnded(within period: Duration) async -> Bool {
        await untilUrgent { [self] in
            do { _ = try await clock.wait(for: testExit, until: clock.now + period) } catch { return }
        }
        return testExit.value != nil
    }

    /// Runs `body` and cancels it as soon as the teardown is to be cut short.
    func untilUrgent(_ body: @escaping @Sendable () async -> Void) async { await interruption.untilUrgent(body) }

    private func keepUp(after ending: RunOutcome.Ending, in group: inout DiscardingTaskGroup) async {
        guard !ending.isSuccess, let keep, interruption.cause.value == nil else { return }
        group.addTask {
            await keep(ending)
            self.kept.set(())
        }
        // Never cancelled here; an interruption sets the latch too.
        do { try await kept.wait() } catch { return }
    }
}
