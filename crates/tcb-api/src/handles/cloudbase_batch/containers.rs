use tcb_types::EnvId;
use tcb_types::cloudbase_batch::{
    ContainerServiceName, ContainerVersion, ContainerVersionName, ContainerVersionRef,
    CreateContainerHosting, CreateContainerHostingResponse, CreateContainerService,
    CreateContainerServiceResponse, CreateContainerServiceVersion, CreateContainerServiceVersionResponse,
    CreateContainerServiceVersions, CreateContainerServiceVersionsResponse, DeleteContainerService,
    DeleteContainerServiceResponse, DeleteContainerServiceVersion, DeleteContainerServiceVersionResponse,
    DeleteContainerServiceVersions, DeleteContainerServiceVersionsResponse, GetContainerServiceVersion,
    ListContainerServiceVersions, ListContainerServiceVersionsResponse, ListContainerServices,
    ListContainerServicesResponse, NewContainerVersion, ServiceTraffic, SetTrafficShares,
    SetTrafficSharesOfServices, SetTrafficSharesOfServicesResponse, SetTrafficSharesResponse, TrafficShare,
};

handle! {
    /// Cloud hosting in an environment. Made by [`Env::containers`](super::Env::containers).
    pub struct Containers { env: EnvId }

    /// Opens cloud hosting.
    fn open(&self) -> CreateContainerHostingResponse { CreateContainerHosting::new(&self.env) }

    /// Lists the first services.
    fn list(&self) -> ListContainerServicesResponse { ListContainerServices::new(&self.env) }

    /// Creates a service, which has no version yet.
    fn create(&self, service: impl Into<ContainerServiceName> + Send) -> CreateContainerServiceResponse {
        CreateContainerService::new(&self.env, service)
    }

    /// Deletes a service.
    fn delete(&self, service: impl Into<ContainerServiceName> + Send) -> DeleteContainerServiceResponse {
        DeleteContainerService::new(&self.env, service)
    }
}

streams! { Containers:
    /// All services.
    fn stream(&self) { ListContainerServices::new(&self.env) }
}

leads! { Containers:
    /// The versions of a service.
    fn versions(&self, service: impl Into<ContainerServiceName>) -> ContainerVersions {
        self.env.clone(), service.into()
    }
}

handle! {
    /// The versions of a cloud hosting service. Made by [`Containers::versions`].
    ///
    /// The configuration of one is changed with [`UpdateContainerServiceVersion`].
    ///
    /// [`UpdateContainerServiceVersion`]: tcb_types::cloudbase_batch::UpdateContainerServiceVersion
    pub struct ContainerVersions { env: EnvId, service: ContainerServiceName }

    /// Lists the first versions.
    fn list(&self) -> ListContainerServiceVersionsResponse {
        ListContainerServiceVersions::new(&self.env, self.service.clone())
    }

    /// Reads a version.
    fn get(&self, version: impl Into<ContainerVersionName> + Send) -> ContainerVersion {
        GetContainerServiceVersion::new(&self.env, self.service.clone(), version)
    }

    /// Creates a version.
    fn create(&self, version: NewContainerVersion) -> CreateContainerServiceVersionResponse {
        CreateContainerServiceVersion::new(&self.env, self.service.clone(), version)
    }

    /// Deletes a version.
    fn delete(
        &self,
        version: impl Into<ContainerVersionName> + Send,
    ) -> DeleteContainerServiceVersionResponse {
        DeleteContainerServiceVersion::new(&self.env, self.service.clone(), version)
    }

    /// Sets how the traffic is shared among the versions.
    fn set_traffic(
        &self,
        shares: impl IntoIterator<Item = TrafficShare> + Send,
    ) -> SetTrafficSharesResponse {
        SetTrafficShares::new(&self.env, self.service.clone(), shares)
    }
}

streams! { ContainerVersions:
    /// All versions.
    fn stream(&self) { ListContainerServiceVersions::new(&self.env, self.service.clone()) }
}

handle! {
    /// Cloud hosting in several environments at once. Made by
    /// [`Platform::containers`](crate::Platform::containers).
    pub struct ContainersInEnvs {}

    /// Creates a version of a service in each of `envs`.
    fn create_versions(
        &self,
        envs: impl IntoIterator<Item = impl Into<EnvId>> + Send,
        service: impl Into<ContainerServiceName> + Send,
        version: NewContainerVersion,
    ) -> CreateContainerServiceVersionsResponse {
        CreateContainerServiceVersions::new(envs, service, version)
    }

    /// Deletes versions.
    fn delete_versions(
        &self,
        versions: impl IntoIterator<Item = ContainerVersionRef> + Send,
    ) -> DeleteContainerServiceVersionsResponse {
        DeleteContainerServiceVersions::new(versions)
    }

    /// Sets how the traffic of several services is shared among their versions.
    fn set_traffic(
        &self,
        services: impl IntoIterator<Item = ServiceTraffic> + Send,
    ) -> SetTrafficSharesOfServicesResponse {
        SetTrafficSharesOfServices::new(services)
    }
}
