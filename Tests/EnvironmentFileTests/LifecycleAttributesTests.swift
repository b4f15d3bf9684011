import EnvironmentFile
import OrderedCollections
import Testing

@Suite("Restarts, replicas and hooks")
struct LifecycleAttributesTests {
    @Test(
        "restart policies",
        arguments: [
            ("'no'", RestartPolicy.no), ("always", RestartPolicy(.always)),
            ("unless-stopped", RestartPolicy(.always)), ("on-failure", RestartPolicy(.onFailure)),
            ("'on-failure:3'", RestartPolicy(.onFailure, maximumAttempts: 3)),
        ])
    func restart(text: String, policy: RestartPolicy) throws {
        let loaded = try loadService("restart: \(text)")
        #expect(loaded.messages == [])
        #expect(loaded.service?.lifecycle.restart == policy)
    }

    @Test("the policy of 'deploy' wins")
    func deployed() throws {
        let loaded = try loadService(
            "restart: always\ndeploy:\n  restart_policy: {condition: on-failure, delay: 2s, max_attempts: 4, window: 1m}"
        )
        #expect(loaded.messages == [])
        let expected = RestartPolicy(.onFailure, maximumAttempts: 4, delay: .seconds(2), window: .seconds(60))
        #expect(loaded.service?.lifecycle.restart == expected)
    }

    @Test("replicas", arguments: ["scale: 3", "deploy: {replicas: 3}", "scale: 3\ndeploy: {replicas: 3}"])
    func replicas(text: String) throws {
        let loaded = try loadService(text)
        #expect(loaded.messages == [])
        #expect(loaded.service?.lifecycle.replicas == 3)
    }

    @Test("a hook has its own surroundings")
    func hooks() throws {
        let loaded = try loadService(
            "post_start:\n- {command: [a, b], user: u, privileged: true, working_dir: /w, environment: [A=b]}\npre_stop: [{command: c d}]"
        )
        #expect(loaded.messages == [])
        let hook = try #require(loaded.service?.lifecycle.postStart.first)
        #expect(hook.command == ["a", "b"])
        #expect(hook.user == "u")
        #expect(hook.isPrivileged)
        #expect(hook.workingDirectory == "/w")
        #expect(hook.environment == ["A": "b"])
        #expect(loaded.service?.lifecycle.preStop.map(\.command) == [["c", "d"]])
    }

    @Test(
        "mistakes are told at their place",
        arguments: [
            ("restart: sometimes", "4:14: error: 'sometimes' is no restart policy"),
            ("restart: 'on-failure:x'", "4:14: error: 'on-failure:x' is no restart policy"),
            ("scale: -1", "4:12: error: 'scale' must be 0 to 10000, not -1"),
            (
                "scale: 2\ndeploy: {replicas: 3}",
                "4:12: error: 'scale' and 'deploy.replicas' of service 's' differ: 2 and 3"
            ),
            (
                "container_name: cc\nscale: 2",
                "4:5: error: service 's' has a 'container_name', so there can't be 2 of it"
            ),
            (
                "deploy: {restart_policy: {condition: maybe}}",
                "4:42: error: 'maybe' is no restart condition"
            ),
            ("post_start: [{command: []}]", "4:28: error: 'command' can't be empty"),
        ])
    func mistakes(text: String, message: String) throws {
        let messages = try loadService(text).messages
        #expect(messages == [message], "\(messages)")
    }
}
