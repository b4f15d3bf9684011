import SwiftProtobuf

extension Doozer_Request {
    /// Reads a request from the bytes of one frame.
    ///
    /// - Throws: ``FrameError/malformed(length:)``.
    public init(frame bytes: [UInt8]) throws(FrameError) {
        do {
            try self.init(serializedBytes: bytes)
        } catch {
            throw .malformed(length: bytes.count)
        }
    }

    /// The request as it travels, with its header.
    public func framed() -> [UInt8] { frame(self) }
}

extension Doozer_Response {
    /// Reads a response from the bytes of one frame.
    ///
    /// - Throws: ``FrameError/malformed(length:)``.
    public init(frame bytes: [UInt8]) throws(FrameError) {
        do {
            try self.init(serializedBytes: bytes)
        } catch {
            throw .malformed(length: bytes.count)
        }
    }

    /// The response as it travels, with its header.
    public func framed() -> [UInt8] { frame(self) }
}

private func frame(_ message: some Message) -> [UInt8] {
    do {
        let bytes: [UInt8] = try message.serializedBytes()
        return Frame.header(length: bytes.count) + bytes
    } catch {
        // Only a message whose required fields are unset cannot be serialized, and the protocol has no such fields.
        preconditionFailure("a message cannot be serialized: \(error)")
    }
}
