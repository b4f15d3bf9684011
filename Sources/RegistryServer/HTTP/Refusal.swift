import FoundationEssentials
import HTTPTypes
import Hummingbird
import NIOCore
import RegistryProtocol

/// A request that is not served: the status and the error of the distribution specification.
struct Refusal: Error {
    /// Codes of the specification.
    enum Code: String {
        case blobUnknown = "BLOB_UNKNOWN"
        case blobUploadInvalid = "BLOB_UPLOAD_INVALID"
        case blobUploadUnknown = "BLOB_UPLOAD_UNKNOWN"
        case digestInvalid = "DIGEST_INVALID"
        case manifestBlobUnknown = "MANIFEST_BLOB_UNKNOWN"
        case manifestInvalid = "MANIFEST_INVALID"
        case manifestUnknown = "MANIFEST_UNKNOWN"
        case nameInvalid = "NAME_INVALID"
        case nameUnknown = "NAME_UNKNOWN"
        case sizeInvalid = "SIZE_INVALID"
        case unauthorized = "UNAUTHORIZED"
        case denied = "DENIED"
        case unsupported = "UNSUPPORTED"
        case tooManyRequests = "TOOMANYREQUESTS"
        case unknown = "UNKNOWN"
    }

    var status: HTTPResponse.Status
    var code: Code
    var message: String
    var headers: HTTPFields = [:]

    init(_ status: HTTPResponse.Status, _ code: Code, _ message: String) {
        (self.status, self.code, self.message) = (status, code, message)
    }

    /// What an upstream registry did not give.
    init(_ error: RegistryError) {
        switch error.kind {
        case .notFound: self.init(.notFound, .manifestUnknown, error.message)
        case .unauthorized, .denied: self.init(.notFound, .nameUnknown, error.message)
        case .throttled: self.init(.tooManyRequests, .tooManyRequests, error.message)
        case .unreachable: self.init(.gatewayTimeout, .unknown, error.message)
        default: self.init(.badGateway, .unknown, error.message)
        }
    }

    /// Any other error: the disk's, mostly. The reason is the operator's, not the client's.
    static func internalFailure(_ error: any Error) -> Refusal {
        Refusal(.internalServerError, .unknown, "the registry could not do it; its log says why")
    }

    var response: Response {
        struct Body: Encodable {
            struct Entry: Encodable {
                var code: String
                var message: String
            }
            var errors: [Entry]
        }
        var headers = headers
        headers[.contentType] = "application/json"
        let body = Body(errors: [Body.Entry(code: code.rawValue, message: message.printable(limit: 400))])
        do {
            return Response(
                status: status, headers: headers,
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: Array(try JSONEncoder().encode(body)))))
        } catch {
            return Response(status: status)
        }
    }
}

extension HTTPField.Name {
    static let contentDigest = constant("Docker-Content-Digest")
    static let distributionVersion = constant("Docker-Distribution-Api-Version")
    static let uploadIdentifier = constant("Docker-Upload-UUID")
    static let subject = constant("OCI-Subject")
    static let filtersApplied = constant("OCI-Filters-Applied")
    static let link = constant("Link")

    private static func constant(_ name: String) -> HTTPField.Name {
        guard let field = HTTPField.Name(name) else { preconditionFailure("'\(name)' is no field's name") }
        return field
    }
}
