import CCrypt
import Crypto
import Foundation
import Glibc
import LinuxKernel
import NIOPosix
import RegistryProtocol
import Synchronization

/// Users and their bcrypt passwords, as `htpasswd -B` writes them: `NAME:$2y$COST$…`, one a line.
final class PasswordFile: Sendable {
    private let hashes: [String: String]
    /// Compared with where there is no such user, so that an answer takes as long as where there is one.
    private let stranger: String
    /// Checked pairs, by a keyed hash: bcrypt is slow on purpose, and one push makes a hundred requests.
    private let known = Mutex<[SHA256.Digest: ContinuousClock.Instant]>([:])
    private let salt = SymmetricKey(size: .bits256)

    private static let memory: Duration = .seconds(300)

    /// Reads the file.
    ///
    /// - Throws: ``RegistryError`` of kind `configuration`, with the line, where a password is in another form.
    init(path: String) throws(RegistryError) {
        let bytes: [UInt8]
        do {
            bytes = try readRegularFile(path, limit: 1 << 20)
        } catch {
            throw RegistryError(.configuration, "the file of users can't be read: \(error)")
        }
        var hashes: [String: String] = [:]
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            let text = line.trimmingCharacters(in: .whitespaces)
            if text.isEmpty || text.hasPrefix("#") { continue }
            guard let colon = text.firstIndex(of: ":"), colon > text.startIndex,
                Self.isBcrypt(text[text.index(after: colon)...])
            else {
                throw RegistryError(
                    .configuration, "\(path):\(index + 1): not NAME:PASSWORD with a bcrypt password",
                    remedy: "write it with 'htpasswd -B \(path) NAME'")
            }
            hashes[String(text[..<colon])] = String(text[text.index(after: colon)...])
        }
        guard let first = hashes.values.min() else {
            throw RegistryError(
                .configuration, "\(path) has no users", remedy: "add one with 'htpasswd -B \(path) NAME'")
        }
        self.hashes = hashes
        // The cost and the salt of a real one.
        stranger = first
    }

    /// Whether an `Authorization` field proves a user of the file.
    func accepts(_ field: String?) async throws -> Bool {
        guard let field, field.prefix(6).lowercased() == "basic ",
            let decoded = Data(base64Encoded: field.dropFirst(6).trimmingCharacters(in: .whitespaces)),
            let text = String(validating: decoded, as: UTF8.self), let colon = text.firstIndex(of: ":"),
            !text.utf8.contains(0), text.utf8.count <= 1024
        else { return false }
        let user = String(text[..<colon])
        let password = String(text[text.index(after: colon)...])
        let key = SHA256.hash(data: salt.withUnsafeBytes { Data($0) } + Data(text.utf8))
        if known.withLock({ $0[key] }).map({ $0 > .now }) ?? false { return true }
        let hash = hashes[user]
        let compared = hash ?? stranger
        let isRight = try await NIOThreadPool.singleton.runIfActive { Self.matches(password, compared) }
        guard isRight, hash != nil else { return false }
        known.withLock { known in
            let now = ContinuousClock.now
            known = known.filter { $0.value > now }
            known[key] = now + Self.memory
        }
        return true
    }

    private static func matches(_ password: String, _ hash: String) -> Bool {
        // crypt_ra(3) makes room for what it works with.
        var data: UnsafeMutableRawPointer?
        var size: CInt = 0
        defer { free(data) }
        guard let computed = crypt_ra(password, hash, &data, &size) else { return false }
        let (left, right) = (Array(String(cString: computed).utf8), Array(hash.utf8))
        guard left.count == right.count else { return false }
        return zip(left, right).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }

    /// `$2a$`, `$2b$` or `$2y$`, a cost of 04 to 17, 53 characters.
    private static func isBcrypt(_ text: Substring) -> Bool {
        let parts = text.split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0].isEmpty, ["2a", "2b", "2y"].contains(parts[1]), parts[2].count == 2,
            let cost = Int(parts[2]), parts[3].utf8.count == 53
        else { return false }
        return (4...17).contains(cost)
    }
}
