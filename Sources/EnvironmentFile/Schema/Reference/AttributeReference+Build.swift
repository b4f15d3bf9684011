extension AttributeReference {
    static let build = Section(
        "services: build", at: "services.*",
        """
        build: How the image is made: a folder with a Dockerfile, or a mapping.
        build.packages: Packages of a distribution that the image is made of: no Dockerfile, no registry.
        build.distribution: The distribution of `packages`, such as `debian:bookworm`. Default: the host's.
        build.context: The folder that the Dockerfile sees.
        build.dockerfile: The Dockerfile's path. Default: `Dockerfile`.
        build.dockerfile_inline: The Dockerfile itself.
        build.args: Values of its `ARG`s.
        build.target: The stage to build.
        build.additional_contexts: Further contexts by name.
        build.cache_from: Where intermediate results may come from.
        build.cache_to: Where intermediate results go.
        build.no_cache: Whether nothing is taken from the cache.
        build.no_cache_filter: Stages for which nothing is taken from the cache.
        build.pull: Whether base images are fetched anew.
        build.tags: Further names of the result.
        build.labels: Metadata of the result.
        build.platforms: The platforms to build for.
        build.network: The network of `RUN`.
        build.extra_hosts: Further lines of `/etc/hosts` for `RUN`.
        build.shm_size: The size of `/dev/shm` for `RUN`.
        build.ulimits: Limits of getrlimit(2) for `RUN`.
        build.ulimits.*.soft: The limit that holds.
        build.ulimits.*.hard: What it may be raised to.
        build.privileged: Whether `RUN` has all capabilities.
        build.entitlements: Privileges that the build may use.
        build.isolation: How `RUN` is isolated.
        build.secrets: Secrets of the top level that `RUN` may mount.
        build.secrets.source: The secret's name.
        build.secrets.target: The name by which it is mounted.
        build.secrets.uid: The owner's number.
        build.secrets.gid: The group's number.
        build.secrets.mode: Permission bits.
        build.ssh: Keys and agents that `RUN` may use.
        build.provenance: Whether a provenance attestation is made.
        build.sbom: Whether a list of the contents is made.
        """)

    static let deploy = Section(
        "services: deploy", at: "services.*",
        """
        deploy: How an orchestrator runs it.
        deploy.mode: `replicated` or `global`.
        deploy.replicas: How many containers it has.
        deploy.endpoint_mode: How it is found: `vip` or `dnsrr`.
        deploy.labels: Metadata of the service.
        deploy.resources: What it may use and what is set aside for it.
        deploy.resources.limits: What it may use.
        deploy.resources.limits.memory: Memory in bytes, as `mem_limit`.
        deploy.resources.limits.pids: How many processes, as `pids_limit`.
        deploy.resources.limits.cpus: How many processors' time, as `cpus`.
        deploy.resources.reservations: What is set aside for it.
        deploy.resources.reservations.cpus: Processors.
        deploy.resources.reservations.memory: Memory in bytes.
        deploy.resources.reservations.devices: Devices.
        deploy.resources.reservations.devices.capabilities: What they have to be capable of.
        deploy.resources.reservations.devices.count: How many.
        deploy.resources.reservations.devices.device_ids: Which ones.
        deploy.resources.reservations.devices.driver: Whose they are.
        deploy.resources.reservations.devices.options: Options of the driver.
        deploy.resources.reservations.generic_resources: Resources that the operator has defined.
        deploy.resources.reservations.generic_resources.discrete_resource_spec: One of them.
        deploy.resources.reservations.generic_resources.discrete_resource_spec.kind: Its name.
        deploy.resources.reservations.generic_resources.discrete_resource_spec.value: How many.
        deploy.restart_policy: Whether it starts again when it ends.
        deploy.restart_policy.condition: `none`, `on-failure` or `any`.
        deploy.restart_policy.delay: How long to wait before that.
        deploy.restart_policy.max_attempts: How often at most.
        deploy.restart_policy.window: After which time a start has succeeded.
        deploy.placement: On which machines it runs.
        deploy.placement.constraints: What has to be true of a machine.
        deploy.placement.preferences: How containers are spread.
        deploy.placement.preferences.spread: The label over whose values they are spread.
        deploy.placement.max_replicas_per_node: How many on one machine.
        deploy.update_config: How it is updated.
        deploy.update_config.parallelism: How many containers at a time.
        deploy.update_config.delay: How long to wait between them.
        deploy.update_config.failure_action: What to do when an update fails.
        deploy.update_config.monitor: How long to look for failures.
        deploy.update_config.max_failure_ratio: How many failures are tolerated.
        deploy.update_config.order: Whether the old stops or the new starts first.
        deploy.rollback_config: How an update is taken back.
        deploy.rollback_config.parallelism: How many containers at a time.
        deploy.rollback_config.delay: How long to wait between them.
        deploy.rollback_config.failure_action: What to do when that fails.
        deploy.rollback_config.monitor: How long to look for failures.
        deploy.rollback_config.max_failure_ratio: How many failures are tolerated.
        deploy.rollback_config.order: Whether the old stops or the new starts first.
        """)

    static let develop = Section(
        "services: develop", at: "services.*",
        """
        develop: What happens when its sources change.
        develop.watch: Paths that are watched.
        develop.watch.path: The path.
        develop.watch.action: What to do.
        develop.watch.target: Where in the container files are copied to.
        develop.watch.ignore: Patterns of files that are passed over.
        develop.watch.include: Patterns of files that are looked at.
        develop.watch.initial_sync: Whether files are copied before the first change.
        develop.watch.exec: The command after copying.
        develop.watch.exec.command: The command.
        develop.watch.exec.user: Who runs it.
        develop.watch.exec.privileged: Whether with all capabilities.
        develop.watch.exec.working_dir: Where.
        develop.watch.exec.environment: Variables of the command.
        """)
}
