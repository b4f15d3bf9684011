import Glibc
import ImageRegistry
import RegistryProtocol

/// `harness login` and `logout`: works on the user's own files, with the user's rights, and speaks to nobody.
enum CredentialKeeping {
    static func perform(
        _ registry: String, _ username: String, _ password: String?
    ) throws(RegistryError) -> RegistryReply.Outcome {
        let files = try DockerConfiguration(environment: { name in getenv(name).map { String(cString: $0) } })
        var outcome = RegistryReply.Outcome()
        if let password {
            outcome.place = try files.keep(registry, username: username, password: password)
            outcome.isPresent = true
        } else {
            outcome.isPresent = try files.forget(registry)
            outcome.place = files.path
        }
        return outcome
    }
}
