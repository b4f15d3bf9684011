import DoozerProtocol
import DoozerService
import NIOCore

/// Reads requests of one connection, and writes their replies as fast as the client takes them.
///
/// Reading stops while replies wait to be written, so that what a client leaves unread is bounded: by the socket, by
/// ``outboxLimit`` bytes of replies, and by what its outstanding requests are answered.
final class ConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Bytes of replies beyond which no further request is served.
    private static let outboxLimit = 256 * 1024

    private let server: ServerState
    private var context: ChannelHandlerContext?
    private var session: Session?
    private var received = ByteBuffer()
    /// Replies in order; those before ``written`` are on their way. Thousands of connections wait for one reply each, so
    /// an empty one holds no memory.
    private var outbox: [Reply] = []
    private var written = 0
    private var outboxSize = 0
    private var isScheduled = false
    private var isWorking = false
    private var isReadPending = false
    private var hasInputEnded = false
    private var isClosing = false

    init(server: ServerState) {
        self.server = server
    }

    func channelActive(context: ChannelHandlerContext) {
        self.context = context
        session = server.service.open { [unowned self] reply in
            outbox.append(reply)
            outboxSize += reply.sizeEstimate
            if !isScheduled {
                isScheduled = true
                server.schedule(self)
            }
        }
        readMore(context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        if let session { server.service.close(session) }
        session = nil
        outbox = []
        written = 0
        received = ByteBuffer()
        self.context = nil
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        if received.readableBytes == 0 {
            received = bytes
        } else {
            // The start of a message only; what was served before it must not be kept for as long as the client talks.
            received.discardReadBytes()
            received.writeBuffer(&bytes)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        isReadPending = false
        work(context)
        server.flushScheduled()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        guard context.channel.isWritable else { return }
        work(context)
        server.flushScheduled()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .some(.inputClosed) = event as? ChannelEvent else {
            return context.fireUserInboundEventTriggered(event)
        }
        hasInputEnded = true
        work(context)
        server.flushScheduled()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        close(context, because: "\(error)")
    }

    /// Writes what other clients' requests have answered.
    func flush() {
        isScheduled = false
        guard let context else { return }
        writeReplies(context)
    }

    /// Serves what has been received and writes the replies, until one of them has to wait.
    private func work(_ context: ChannelHandlerContext) {
        // A write that goes out at once calls back from within the loop below, which goes on by itself.
        guard !isClosing, !isWorking, let session else { return }
        isWorking = true
        defer { isWorking = false }
        do throws(FrameError) {
            while context.channel.isWritable {
                while outboxSize < Self.outboxLimit, let request = try nextRequest() {
                    server.service.handle(request, from: session)
                }
                guard !outbox.isEmpty else { break }
                writeReplies(context)
            }
        } catch {
            writeReplies(context)
            return close(context, because: "\(error)")
        }
        // While the channel is not writable, whole requests may still be among what has been received.
        guard outbox.isEmpty, context.channel.isWritable else { return }
        if hasInputEnded {
            finish(context, session)
        } else {
            readMore(context)
        }
    }

    private func nextRequest() throws(FrameError) -> Doozer_Request? {
        guard let header = received.getInteger(at: received.readerIndex, as: UInt32.self) else { return nil }
        let length = try Frame.messageLength(header: header, limit: server.maximumMessage)
        guard received.readableBytes >= Frame.headerLength + length else { return nil }
        received.moveReaderIndex(forwardBy: Frame.headerLength)
        let bytes = received.readBytes(length: length) ?? []
        if received.readableBytes == 0 { received = ByteBuffer() }
        return try Doozer_Request(frame: bytes)
    }

    /// Writes replies while the channel takes them; the rest waits until it is writable again.
    private func writeReplies(_ context: ChannelHandlerContext) {
        while !outbox.isEmpty, context.channel.isWritable {
            var bytes = context.channel.allocator.buffer(capacity: min(outboxSize, Self.outboxLimit))
            while bytes.readableBytes < Self.outboxLimit, written < outbox.count {
                outboxSize -= outbox[written].sizeEstimate
                bytes.writeBytes(outbox[written].message.framed())
                written += 1
            }
            if written == outbox.count {
                outbox = []
                written = 0
            }
            context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
        }
    }

    private func readMore(_ context: ChannelHandlerContext) {
        guard !isReadPending, !isClosing else { return }
        isReadPending = true
        context.read()
    }

    /// Ends the connection of a client that sends no more, once it has its replies.
    private func finish(_ context: ChannelHandlerContext, _ session: Session) {
        isClosing = true
        server.service.abandonOutstanding(of: session)
        if received.readableBytes > 0 {
            server.log(context.channel, "connection closed within a message")
        }
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(ByteBuffer())).whenComplete { _ in channel.close(promise: nil) }
    }

    private func close(_ context: ChannelHandlerContext, because reason: String) {
        guard !isClosing else { return }
        isClosing = true
        server.log(context.channel, "\(reason); connection closed")
        context.close(promise: nil)
    }
}
