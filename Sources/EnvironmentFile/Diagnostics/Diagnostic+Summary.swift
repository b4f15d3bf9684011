extension Diagnostic.Code {
    /// What diagnostics of this kind have in common: one sentence, for listings of rules.
    public var summary: String { Self.summaries[self] ?? rawValue }

    private static let summaries: [Self: String] = [
        .syntax: "The file is not valid YAML, or not YAML that an environment file may have.",
        .unreadableFile: "A file that is named can't be read.",
        .noFile: "There is no environment file where it was looked for.",
        .emptyFile: "A file has no content.",
        .unknownKey: "A key is not part of the Compose Specification or its additions.",
        .wrongType: "A value has another type than its key takes.",
        .invalidValue: "A value has the right type, but can't be what it says.",
        .unusable: "A value is one that Compose takes, but with which no container can be made.",
        .missingKey: "A key is missing that must be there.",
        .conflict: "Keys or values exclude each other.",
        .duplicate: "Something that must be unique is given twice.",
        .undefinedReference: "A name refers to something that is not defined.",
        .dependencyCycle: "Services wait for each other.",
        .cycle: "Files include, or services extend, each other.",
        .invalidTemplate: "A variable's notation is wrong.",
        .requiredVariable: "A variable that must have a value has none.",
        .unsetVariable: "A variable without a default is not set; an empty string is put in.",
        .notHonoured: "What the file asks for is valid, but has no effect here.",
        .obsolete: "A key is valid, but nothing depends on it any more.",
        .projectName: "A name can't be a project's name.",
    ]
}
