import Glibc
import LinuxKernel

/// What a user is told who has no subordinate ids, or too few.
enum SubordinateIDAdvice {
    /// The command that gives some.
    static var remedy: String {
        let user = SubordinateIDs.userName(of: getuid()) ?? "\(getuid())"
        return "sudo apt-get install uidmap; "
            + "sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 \(user)"
    }

    /// - Parameter reason: Why there are none.
    static func warning(_ reason: String) -> String {
        "containers have no user but root, and every file of an image is root's, since there are no subordinate ids: "
            + "\(reason) (help: \(remedy))"
    }
}
