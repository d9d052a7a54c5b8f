using System.Collections.Immutable;
using Holdfast.Configuration.Kinds;
using Holdfast.Configuration.Rules;
using Holdfast.Configuration.Schema;
using Holdfast.Configuration.Shapes;
using Holdfast.Core.Backup;
using Holdfast.Core.Topology;

namespace Holdfast.Configuration;

/// <summary>Makes the specification from sections in which no error was found.</summary>
internal static class SystemBuilder
{
    public static SystemSpec Build(Section root) => new()
    {
        Name = root.Require(SystemKeys.System),
        Coordination = Coordination(Clusters.Global(root)),
        LocalCoordination = Clusters.Local(root).ToImmutableDictionary(cluster => cluster.Site!, Coordination),
        Security = Security(root.Sub(SystemKeys.Security)),
        Sites = root.All(SystemKeys.Sites)
            .ToImmutableDictionary(site => site.Name, site => new SiteSpec(site.Name, site.Value.Get(SiteKeys.Witness))),
        Stores = root.All(SystemKeys.Stores).Index().ToImmutableDictionary(store => store.Item.Name, store => Store(store.Item, store.Index)),
    };

    private static CoordinationSpec Coordination(ClusterAsRead cluster)
    {
        var section = cluster.Section;
        var tls = section.Sub(ClusterKeys.Tls);
        return new CoordinationSpec
        {
            Endpoints = [.. cluster.Servers.Select(server => server.Value)],
            CaFile = tls.Get(CoordinationTlsKeys.Ca),
            CertificateFile = tls.Get(CoordinationTlsKeys.Certificate),
            KeyFile = tls.Get(CoordinationTlsKeys.PrivateKey),
            User = section.Get(ClusterKeys.User),
            Password = section.Get(ClusterKeys.Password),
            RequestTimeout = cluster.RequestTimeout,
        };
    }

    private static SecuritySpec Security(Section section)
    {
        var tls = section.Sub(SecurityKeys.Tls);
        return new SecuritySpec
        {
            Token = section.Get(SecurityKeys.Token),
            TlsCertificateFile = tls.Get(SecurityTlsKeys.Certificate),
            TlsKeyFile = tls.Get(SecurityTlsKeys.PrivateKey),
            TlsCaFile = tls.Get(SecurityTlsKeys.Ca),
        };
    }

    private static StoreSpec Store(Entry<Section> store, int place)
    {
        var section = store.Value;
        var objectives = section.Sub(StoreKeys.Objectives);
        var siteLoss = objectives.Sub(ObjectivesKeys.SiteLossKey);
        var hooks = section.Sub(StoreKeys.Hooks);
        var kind = EngineKinds.Of(section.Require(StoreKeys.Kind));
        var engine = kind.Build(section.Sub(kind.Section));
        return new StoreSpec
        {
            Name = store.Name,
            Place = place,
            Kind = kind.Name,
            HostLoss = Objective(objectives.Sub(ObjectivesKeys.HostLossKey), ObjectivesKeys.HostLoss),
            SiteLoss = Objective(siteLoss, ObjectivesKeys.SiteLoss),
            EnforceRpo = siteLoss.Get(ObjectivesKeys.EnforceRpo),
            Unprotected = section.Get(StoreKeys.Unprotected),
            Isolation = section.Get(StoreKeys.Isolation),
            SiteFailover = section.Get(StoreKeys.SiteFailover),
            PreferredSite = section.Get(StoreKeys.PreferredSite),
            Link = Link(section.Sub(StoreKeys.SiteLink), engine),
            Archive = section.Get(StoreKeys.Archive),
            Backup = section.TryGet(StoreKeys.Backup, out var backup) ? Backup(backup) : null,
            BeforeMove = Hook(hooks, HooksKeys.BeforeMove),
            AfterMove = Hook(hooks, HooksKeys.AfterMove),
            Acknowledgements = section.Get(StoreKeys.Acknowledgements),
            Timing = Timing(section.Sub(StoreKeys.Timing)),
            Gate = Gate(section.Sub(StoreKeys.Gate)),
            Members = section.All(StoreKeys.Members)
                .ToImmutableSortedDictionary(member => member.Name, Member, StringComparer.Ordinal),
            Engine = engine,
        };
    }

    private static ObjectiveSpec Objective(Section section, ObjectiveKeys keys) => new(section.Get(keys.Rpo), section.Get(keys.Rto));

    private static GateSpec Gate(Section section) => new()
    {
        ReadWrite = section.Get(GateKeys.ReadWrite),
        ReadOnly = section.Get(GateKeys.ReadOnly),
        Hold = section.Get(GateKeys.Hold),
        MaxConnections = section.Get(GateKeys.MaxConnections),
        LagBound = section.Get(GateKeys.LagBound),
        WithoutStandby = section.Get(GateKeys.WithoutStandby),
        CutOff = section.Get(GateKeys.CutOff),
        Drain = section.Get(GateKeys.Drain),
    };

    private static SiteLinkSpec Link(Section section, EngineSpec engine) => new()
    {
        QueueBound = !section.IsGiven(SiteLinkKeys.QueueBound) && engine.UsualQueueBound is { } usual ? usual : section.Get(SiteLinkKeys.QueueBound),
        QueueFull = section.Get(SiteLinkKeys.QueueFull),
        Bandwidth = section.TryGet(SiteLinkKeys.Bandwidth, out var bandwidth) ? bandwidth : null,
        Heartbeat = section.Get(SiteLinkKeys.Heartbeat),
    };

    private static BackupSpec Backup(Section section)
    {
        var schedule = section.Sub(BackupKeys.Schedule);
        return new BackupSpec
        {
            Repositories = section.All(BackupKeys.Repositories)
                .ToImmutableSortedDictionary(repository => repository.Name, Repository, StringComparer.Ordinal),
            Full = schedule.Get(ScheduleKeys.Full),
            Differential = schedule.Get(ScheduleKeys.Differential),
            Incremental = schedule.Get(ScheduleKeys.Incremental),
            ArchiveTimeout = section.Get(BackupKeys.ArchiveTimeout),
            Processes = section.Get(BackupKeys.Processes),
            Bandwidth = section.TryGet(BackupKeys.Bandwidth, out var bandwidth) ? bandwidth : null,
            RestoreTest = section.TryGet(BackupKeys.RestoreTest, out var test) ? RestoreTest(test) : null,
        };
    }

    private static RestoreTestSpec RestoreTest(Section section) => new()
    {
        Directory = section.Require(RestoreTestKeys.Directory),
        Schedule = section.Get(RestoreTestKeys.Schedule),
        AlarmAfter = section.Get(RestoreTestKeys.AlarmAfter),
        Assertions = [.. section.All(RestoreTestKeys.Assertions).Select(assertion => new RestoreAssertion(
            assertion.Name, assertion.Value.Require(AssertionKeys.Sql), assertion.Value.Get(AssertionKeys.Database)!))],
    };

    private static RepositorySpec Repository(Entry<Section> repository) => new()
    {
        Name = repository.Name,
        Site = repository.Value.Require(RepositoryKeys.Site),
        Place = repository.Value.TryGet(RepositoryKeys.Bucket, out var bucket)
            ? Bucket(repository.Name, bucket) : new RepositoryPlace.Folder(repository.Value.Require(RepositoryKeys.Directory)),
        Key = repository.Value.Get(RepositoryKeys.EncryptionKey),
        KeepFull = repository.Value.Get(RepositoryKeys.KeepFull),
        KeepDays = repository.Value.TryGet(RepositoryKeys.KeepDays, out var days) ? days : null,
    };

    private static RepositoryPlace.Bucket Bucket(string repository, Section section) => new(
        section.Require(BucketKeys.Endpoint), section.Require(BucketKeys.Name), section.Require(BucketKeys.Region),
        BucketKeys.PathOf(repository, section), section.Require(BucketKeys.AccessKey), section.Require(BucketKeys.SecretKey))
    {
        IsNamedInPath = section.Get(BucketKeys.UriStyle),
        Authorities = section.Get(BucketKeys.Authorities),
        VerifiesTls = section.Get(BucketKeys.VerifyTls),
    };

    private static HookSpec? Hook(Section hooks, Key<Section> key) => hooks.TryGet(key, out var section)
        ? new HookSpec([.. section.All(HookKeys.Run).Select(word => word.Value)], section.Get(HookKeys.TimeLimit))
        : null;

    private static TimingSpec Timing(Section section) => new()
    {
        Heartbeat = section.Get(TimingKeys.Heartbeat),
        SuspectAfter = section.Get(TimingKeys.SuspectAfter),
        CandidateLostAfter = section.Get(TimingKeys.CandidateLostAfter),
        Lease = section.Get(TimingKeys.Lease),
        StaleReadLimit = section.Get(TimingKeys.StaleReadLimit),
        HandOver = section.Get(TimingKeys.HandOver),
        SiteLease = section.Get(TimingKeys.SiteLease),
        Switchover = section.Get(TimingKeys.Switchover),
    };

    private static MemberSpec Member(Entry<Section> member)
    {
        var address = member.Value.Require(MemberKeys.Address);
        return new MemberSpec
        {
            Name = member.Name,
            Site = member.Value.Require(MemberKeys.Site),
            Address = address,
            Agent = member.Value.TryGet(MemberKeys.Agent, out var agent) ? agent : Places.DefaultAgent(address),
            Data = member.Value.Require(MemberKeys.Data),
            Priority = member.Value.Get(MemberKeys.Priority),
            Watchdog = member.Value.TryGet(MemberKeys.Watchdog, out var watchdog) ? watchdog : null,
        };
    }
}
