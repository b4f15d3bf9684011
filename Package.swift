// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

let deque = Target.Dependency.product(name: "DequeModule", package: "swift-collections")
let collections = Target.Dependency.product(name: "OrderedCollections", package: "swift-collections")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let protobuf = Target.Dependency.product(name: "SwiftProtobuf", package: "swift-protobuf")
let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
]
let http = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let tls = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let asyncHTTPClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let hummingbird: [Target.Dependency] = [
    .product(name: "Hummingbird", package: "hummingbird"),
    .product(name: "HummingbirdCore", package: "hummingbird"),
    .product(name: "HummingbirdTLS", package: "hummingbird"),
    .product(name: "UnixSignals", package: "swift-service-lifecycle"),
]

func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: "\(name)Tests", dependencies: dependencies, swiftSettings: strict)
}

func library(_ name: String, pkgConfig: String, package: String) -> Target {
    .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([package])])
}

let package = Package(
    name: "harness",
    products: [
        .executable(name: "harness", targets: ["harness"]),
        .executable(name: "harness-registry", targets: ["harness-registry"]),
        .executable(name: "doozerd", targets: ["doozerd"]),
        .executable(name: "doozer", targets: ["doozer"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        // What speaks HTTP and TLS: linked by `harness-registry` alone.
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0", traits: []),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.0"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.0"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.14.0"),
        // Without its default traits the package needs FoundationEssentials only.
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0", traits: []),
    ],
    targets: [
        // Floor 0: headers and system libraries; no logic.
        .target(name: "CLinux"),
        library("CYAML", pkgConfig: "yaml-0.1", package: "libyaml-dev"),
        library("CCap", pkgConfig: "libcap", package: "libcap-dev"),
        library("CSeccomp", pkgConfig: "libseccomp", package: "libseccomp-dev"),
        // No pkg-config: the module map names both libraries.
        .systemLibrary(name: "CCompression", providers: [.apt(["libzstd-dev", "zlib1g-dev"])]),

        .systemLibrary(name: "CCrypt", providers: [.apt(["libcrypt-dev"])]),

        // Floor 1
        module("LinuxKernel", ["CLinux", "CCap", "CSeccomp"]),
        module("Netlink", ["CLinux", "LinuxKernel", "Addresses"]),
        module("ControlGroups", ["CLinux", "LinuxKernel"]),
        module("YAML", ["CYAML"]),
        module("Addresses"),
        module("DNS", ["Addresses"]),

        // Floor 2
        module("OCI", [crypto]),
        module("EnvironmentFile", ["YAML", "Addresses", collections]),

        // Floor 3
        module("ImageStore", ["OCI", "LinuxKernel", "CCompression", "CLinux", crypto]),
        module("Containers", ["LinuxKernel", "Netlink", "ControlGroups", "Addresses", "DNS", "CLinux", deque]),

        // Floor 3: what `harness` and `harness-registry` say to each other.
        module("RegistryProtocol", ["LinuxKernel", "OCI", "CLinux"]),

        // Floor 4: images over a network. The first speaks to the helper; the other two are in it.
        module("ImageTransfer", ["ImageStore", "RegistryProtocol", "LinuxKernel", "OCI", "CLinux"]),
        module(
            "ImageRegistry", ["RegistryProtocol", "LinuxKernel", "OCI", "YAML", asyncHTTPClient, http, tls] + nio),
        module(
            "RegistryServer",
            [
                "ImageRegistry", "ImageStore", "RegistryProtocol", "LinuxKernel", "OCI", "CCrypt", crypto, http, tls,
                .product(name: "X509", package: "swift-certificates"),
                .product(name: "SwiftASN1", package: "swift-asn1"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "Logging", package: "swift-log"),
            ] + nio + hummingbird),

        // Floor 5, which the engines below implement by protocol
        module("Orchestration", ["EnvironmentFile", "Addresses", collections]),

        // Floor 4
        module("ImageBuild", ["ImageStore", "OCI", "LinuxKernel"]),
        module(
            "EmbeddedEngine",
            [
                "Orchestration", "Containers", "ControlGroups", "ImageStore", "ImageBuild", "ImageTransfer",
                "RegistryProtocol", "OCI", "LinuxKernel", "Addresses", "DNS",
            ]),

        // Floor 6
        module("LocalStacks", ["LinuxKernel", "CLinux", "OCI", "Orchestration", "EnvironmentFile"]),

        // Floor 7
        .executableTarget(
            name: "harness",
            dependencies: [
                argumentParser, collections, "LocalStacks", "EmbeddedEngine", "Orchestration", "EnvironmentFile",
                "Containers", "ImageStore", "ImageBuild", "ImageTransfer", "RegistryProtocol", "OCI", "LinuxKernel",
                "ControlGroups", "CLinux",
            ],
            swiftSettings: strict),

        // What speaks HTTP and TLS: `harness` starts it when it needs a registry.
        .executableTarget(
            name: "harness-registry",
            dependencies: [
                "ImageRegistry", "RegistryServer", "RegistryProtocol", "LinuxKernel", "OCI", "CLinux", tls,
            ] + nio,
            swiftSettings: strict),

        // The Doozer fixture stands apart: nothing of it is linked into `harness`, nothing of `harness` into it.
        .target(
            name: "DoozerProtocol", dependencies: [protobuf], exclude: ["doozer.proto"], swiftSettings: strict),
        module("DoozerStore", ["DoozerProtocol"]),
        module("DoozerService", ["DoozerProtocol", "DoozerStore"]),
        module("DoozerServer", ["DoozerProtocol", "DoozerService"] + nio),
        module("DoozerClient", ["DoozerProtocol"]),
        .executableTarget(
            name: "doozerd", dependencies: ["DoozerServer", "DoozerService", "DoozerProtocol"], swiftSettings: strict),
        .executableTarget(name: "doozer", dependencies: ["DoozerClient", "DoozerProtocol"], swiftSettings: strict),
        .executableTarget(
            name: "doozerd-benchmark", dependencies: ["DoozerProtocol"], path: "Benchmarks/doozerd",
            swiftSettings: strict),

        tests("YAML", ["YAML"]),
        tests("EnvironmentFile", ["EnvironmentFile", "YAML", "Addresses", collections]),
        tests("OCI", ["OCI"]),
        tests("ImageStore", ["ImageStore", "OCI", "LinuxKernel", "CLinux"]),
        tests("LinuxKernel", ["LinuxKernel", "ProbeRunner"]),
        tests("Netlink", ["Netlink", "LinuxKernel", "Addresses", "ProbeRunner"]),
        tests("Addresses", ["Addresses"]),
        tests("DNS", ["DNS", "Addresses"]),
        tests("ControlGroups", ["ControlGroups", "LinuxKernel", "ProbeRunner"]),
        tests("Containers", ["Containers", "LinuxKernel"]),
        tests("Orchestration", ["Orchestration", "EnvironmentFile", "Addresses", collections]),
        tests("LocalStacks", ["LocalStacks", "LinuxKernel", "Orchestration", "EnvironmentFile", "CLinux"]),
        tests("ImageBuild", ["ImageBuild", "ImageStore", "OCI", "LinuxKernel", "CLinux"]),
        // A server that answers what a test wants: also what no honest one does.
        .target(
            name: "ScriptedRegistry", dependencies: ["LinuxKernel", "CLinux", "OCI"],
            path: "Tests/Support/ScriptedRegistry", swiftSettings: strict),
        tests("ImageRegistry", ["ImageRegistry", "RegistryProtocol", "OCI", "ScriptedRegistry"] + nio),
        tests(
            "ImageTransfer",
            ["ImageTransfer", "ImageStore", "RegistryProtocol", "OCI", "ScriptedRegistry", "harness-registry"]),
        tests(
            "RegistryServer",
            [
                "RegistryServer", "ImageRegistry", "RegistryProtocol", "OCI", "LinuxKernel", asyncHTTPClient,
                .product(name: "HTTPTypes", package: "swift-http-types"), http,
            ] + nio),
        // What must not happen in the test process (namespaces, identities, filters) happens in this program.
        .executableTarget(
            name: "kernel-probe",
            dependencies: ["Netlink", "ControlGroups", "LinuxKernel", "Addresses", "CLinux"],
            path: "Tests/Support/kernel-probe", swiftSettings: strict),
        .target(
            name: "ProbeRunner", dependencies: ["kernel-probe", "LinuxKernel"], path: "Tests/Support/ProbeRunner",
            swiftSettings: strict),
        .target(name: "SeededRandom", path: "Tests/Support/SeededRandom", swiftSettings: strict),
        tests("DoozerProtocol", ["DoozerProtocol", "SeededRandom"]),
        tests("DoozerStore", ["DoozerStore", "DoozerProtocol", "SeededRandom"]),
        tests("DoozerService", ["DoozerService", "DoozerProtocol"]),
        tests("DoozerServer", ["DoozerServer", "DoozerService", "DoozerProtocol", "DoozerClient", "doozerd"]),
        tests("DoozerClient", ["DoozerClient", "DoozerServer", "DoozerService", "DoozerProtocol", "doozer"]),
        // Drives the built command line: real containers, leak checks.
        tests("CommandLine", ["CLinux", "OCI", "ScriptedRegistry"]),
    ],
    swiftLanguageModes: [.v6]
)
