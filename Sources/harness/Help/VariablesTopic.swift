extension HelpTopic {
    static let variables = HelpTopic(
        name: "variables", abstract: "Variables that harness reads, and those that a test sees.",
        text: """
            VARIABLES

            Read by harness:

              HARNESS_HOME               images, volumes and records (root:
                                         /var/lib/harness, others:
                                         ~/.local/share/harness)
              HARNESS_SCRATCH            where containers write: memory, disk or auto
              HARNESS_ENGINE             as '--engine': embedded, the only one
              HARNESS_REGISTRIES         the settings of registries, instead of
                                         /etc/harness/registries.yaml and the user's
              HARNESS_CERTS              a folder of registries' certificates
              HARNESS_REGISTRY_TIMEOUT   seconds after which a silent registry is given up
              HARNESS_REGISTRY_HELPER    the program harness-registry, where it does not
                                         lie beside harness
              COMPOSE_FILE               environment files, with ':' between them
              COMPOSE_PATH_SEPARATOR     what is between them instead
              COMPOSE_PROJECT_NAME       the project's name, as '-p'
              COMPOSE_PROFILES           profiles, with ',' between them
              COMPOSE_ENV_FILES          as '--env-file', with ',' between them
              COMPOSE_DISABLE_ENV_FILE   1: the project's .env is not read
              NO_COLOR, CI, TERM=dumb    no colours; with the latter two plain progress

            In a file, variables come from the caller, then from '--env-file' or the
            project's .env: 'harness config --explain NAME' says which.

            Seen by the test, besides the caller's (on the host) or the image's own:

              HARNESS=1                  it runs in an environment
              HARNESS_ENVIRONMENT        the environment's name
              HARNESS_<SERVICE>_HOST     the service's name in the network
              HARNESS_<SERVICE>_PORT     the first port that it is known to listen on
              HARNESS_<SERVICE>_PORT_<N> each of its ports

            <SERVICE> is in upper case, with '_' for what is no letter or digit.
            """)
}
