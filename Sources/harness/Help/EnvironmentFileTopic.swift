extension HelpTopic {
    static let environmentFile = HelpTopic(
        name: "environment-file", abstract: "What is in an environment file, and how it is found.",
        text: """
            THE ENVIRONMENT FILE

            An environment file is a Compose file with a few additions:

              services:
                postgres:
                  build: {packages: [postgresql-15]}     # addition: no Dockerfile
                  command: [postgres, -D, /data]
                  volumes: ["data:/data"]
                  ready: {tcp: 5432, timeout: 30s}       # addition: when it is ready
                api:
                  image: registry.example/api:2
                  depends_on: {postgres: {condition: service_healthy}}
              volumes:
                data: {}
              test:                                      # addition: what 'run' runs
                command: [./run-tests]
                timeout: 10m

            The test runs on the host's file system and in the environment's network,
            or, with 'on', in a service or in a container of its own. Services reach
            each other by name.

            Which file: those of '-f', else the ENV argument (a file or a folder), else
            COMPOSE_FILE, else the first of these in the current folder or one above it:
            environment.yaml, environment.yml, compose.yaml, compose.yml,
            docker-compose.yaml, docker-compose.yml. Several files are merged as the
            Compose Specification says.

            $X, ${X:-default} and ${X:?message} stand for variables; $$ is a dollar sign.

              harness validate           what is wrong with it, at which line
              harness config             the file as it is understood
              harness config --schema    a JSON Schema for editors
              harness graph              what waits for what
            """)
}
