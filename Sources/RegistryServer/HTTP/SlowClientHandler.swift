import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Closes connections of clients that take more time than they need.
///
/// A request's head must come within ``patience``; a body must bring ``leastProgress`` bytes in each such time, and an
/// answer that waits must be taken at least in part. The server behind only sees what keeps to that.
final class SlowClientHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// 256 bytes a second, over ``patience``.
    private let leastProgress: Int
    private let patience: TimeAmount
    private var timer: Scheduled<Void>?
    private var isReadingHead = true
    private var isReadingBody = false
    private var received = 0
    private var unwritten = 0
    private var hasWritten = false

    init(patience: TimeAmount) {
        self.patience = patience
        leastProgress = Int(patience.nanoseconds / 1_000_000_000) * 256
    }

    func handlerAdded(context: ChannelHandlerContext) { arm(context) }

    func handlerRemoved(context: ChannelHandlerContext) { timer?.cancel() }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head:
            (isReadingHead, isReadingBody, received) = (false, true, 0)
            arm(context)
        case .body(let part): received += part.readableBytes
        case .end: isReadingBody = false
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let isEnd: Bool
        if case .end = unwrapOutboundIn(data) { isEnd = true } else { isEnd = false }
        unwritten += 1
        let written = promise ?? context.eventLoop.makePromise(of: Void.self)
        let handler = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        written.futureResult.whenComplete { _ in
            let (handler, context) = handler.value
            handler.unwritten -= 1
            handler.hasWritten = true
            // The next request's head is waited for from now on.
            if isEnd {
                handler.isReadingHead = true
                if context.channel.isActive { handler.arm(context) }
            }
        }
        context.write(data, promise: written)
    }

    private func arm(_ context: ChannelHandlerContext) {
        timer?.cancel()
        let handler = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        timer = context.eventLoop.scheduleTask(in: patience) {
            let (handler, context) = handler.value
            handler.judge(context)
        }
    }

    private func judge(_ context: ChannelHandlerContext) {
        let isStuck = unwritten > 0 && !hasWritten
        let isSlow = isReadingBody && unwritten == 0 && received < leastProgress
        guard !isStuck, !isSlow, !(isReadingHead && unwritten == 0) else { return context.close(promise: nil) }
        (received, hasWritten) = (0, false)
        arm(context)
    }
}
