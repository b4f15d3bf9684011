import FoundationEssentials
import Glibc
import LinuxKernel

/// One end of the socket between `harness` and its helper: whole messages of JSON, descriptors with them.
///
/// Sending and receiving may go on at the same time; each by one thread, or several for sending.
public final class ControlSocket: Sendable {
    /// The descriptor that the helper finds its end at.
    public static let helperDescriptor: CInt = 3

    private let socket: PacketSocket

    /// Takes over a connected socket.
    public init(adopting descriptor: consuming OwnedDescriptor) { socket = PacketSocket(adopting: descriptor) }

    /// Sends a message.
    ///
    /// - Throws: ``RegistryError`` of kind `helper` where the other side is gone.
    public func send(_ message: some Encodable, descriptors: [CInt] = []) throws(RegistryError) {
        do {
            let bytes = Array(try JSONEncoder().encode(message))
            guard bytes.count <= PacketSocket.maximumSize else {
                throw RegistryError(.limitExceeded, "a message to the registry helper has \(bytes.count) bytes")
            }
            try socket.send(bytes, descriptors: descriptors)
        } catch let error as RegistryError {
            throw error
        } catch {
            throw RegistryError(.helper, "the registry helper is gone (\(error))")
        }
    }

    /// Waits for a message; `nil` when the other side has closed or died.
    ///
    /// - Returns: The message, and descriptors that the caller has to close.
    public func receive<Message: Decodable>(_ type: Message.Type) throws(RegistryError) -> (Message, [CInt])? {
        do {
            guard let received = try socket.receive() else { return nil }
            do {
                return (try JSONDecoder().decode(Message.self, from: Data(received.bytes)), received.descriptors)
            } catch {
                for descriptor in received.descriptors { close(descriptor) }
                throw error
            }
        } catch let error as SystemCallError where error.errno == ECONNRESET {
            return nil
        } catch {
            throw RegistryError(.helper, "the registry helper and harness do not understand each other (\(error))")
        }
    }

    /// Ends the conversation for both sides; whoever waits in ``receive(_:)`` is woken.
    public func shutDown() { _ = shutdown(socket.descriptor.rawValue, CInt(SHUT_RDWR)) }
}
