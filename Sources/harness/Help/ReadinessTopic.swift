extension HelpTopic {
    static let readiness = HelpTopic(
        name: "readiness", abstract: "When a service counts as ready, and who waits for it.",
        text: """
            READINESS

            A service is ready when its 'healthcheck' (the file's or its image's) and its
            'ready' hold, each where it has one; without both, as soon as it runs.

              ready: {tcp: 5432}                            the port takes connections
              ready: {http: {port: 80, path: /health, status: 200}}
                                                            a GET is answered so
              ready: {log: "ready to accept"}               a line of its output matches
                                                            this extended regular expression
              ready: {file: /run/app.ready}                 the path exists in it
              ready: {exec: [pg_isready, -q]}               the command exits with 0 in it

            Of several conditions one is enough, unless 'all: true' is beside them.
            'timeout' says how long it may take (60s). Ports and commands are probed at
            once, then after 5 ms, 10 ms, 20 ms, ... up to every 250 ms.

            Who waits:

              depends_on: {db: {condition: service_healthy}}
                                            until 'db' is ready
              condition: service_started    until it runs (also of a plain list)
              condition: service_completed_successfully
                                            until it has ended with 0
              test, 'up'                    until every service is ready

            A service that ends while somebody waits for it fails the start at once, with
            its last lines and exit code 69. 'run --verbose' shows every probe.
            """)
}
