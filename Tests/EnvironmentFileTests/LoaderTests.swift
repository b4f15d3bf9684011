import EnvironmentFile
import OrderedCollections
import Testing

@Suite("Loading")
struct LoaderTests {
    @Test("reads a small environment")
    func small() throws {
        let loaded = try load(
            """
            name: shop
            services:
              api:
                image: busybox
                command: sleep "a b"
                depends_on: [db]
                ports: ["8080:80"]
              db:
                image: postgres:15
                volumes: [data:/var/lib/postgresql]
            volumes:
              data:
            test:
              command: psql -c 'select 1'
            """)
        #expect(loaded.messages == [])
        let environment = try #require(loaded.environment)
        #expect(environment.name == "shop")
        #expect(Array(environment.services.keys) == ["api", "db"])
        #expect(environment.services["api"]?.command == ["sleep", "a b"])
        #expect(environment.services["api"]?.ports.map(\.published) == [8080])
        #expect(environment.volumes["data"]?.name == "shop_data")
        #expect(environment.test?.command == ["/bin/sh", "-c", "psql -c 'select 1'"])
    }
}
