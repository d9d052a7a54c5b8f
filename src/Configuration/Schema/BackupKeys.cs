using System.Collections.Immutable;
using Holdfast.Configuration.Shapes;
using Holdfast.Core.Backup;
using Holdfast.Core.Topology;

namespace Holdfast.Configuration.Schema;

/// <summary><c>stores.NAME.backup:</c></summary>
internal static class BackupKeys
{
    public static readonly Key<ImmutableArray<Entry<Section>>> Repositories = new(
        "repositories", new MapShape<Section>("repository", NameForm.Name, RepositoryKeys.Shape, minimum: 1),
        "Where backups and archived log are kept: one repository for each site, written by the members of that site alone.")
    { IsRequired = true, Example = "{fra-backup: {site: fra, directory: /srv/holdfast/backup}}" };

    public static readonly Key<Section> Schedule = new(
        "schedule", ScheduleKeys.Shape, "When backups are taken by themselves. Without it they are taken when asked for, by `holdfast backup`.");

    public static readonly Key<TimeSpan> ArchiveTimeout = new(
        "archive-timeout", DurationShape.Instance,
        "A piece of log with anything in it is archived after this, full or not: the most that the archive is behind while it works. " +
        "Whole seconds, `1s` to `1h`.")
    { Default = Defaults.Backup.ArchiveTimeout };

    public static readonly Key<int> Processes = new(
        "processes", new IntegerShape(1, 64), "How many processes compress and copy during a backup. Each takes about one core.")
    { Default = Defaults.Backup.Processes };

    public static readonly Key<long> Bandwidth = new(
        "bandwidth", ByteSizeShape.Instance,
        "The most that a backup reads from the database in a second, all its processes together. They are held for moments when they were faster. " +
        "What goes to the repository is compressed, and so less. Restores are not held back. At least `1MB`.")
    { DefaultInWords = "no limit", Example = "50MB" };

    public static readonly Key<Section> RestoreTest = new(
        "test-restore", RestoreTestKeys.Shape,
        "Restores that are made to see that the backups are good, checked and removed again, by the agent of a standby where there is one.");

    public static readonly SectionShape Shape = new("stores.NAME.backup", Repositories, Schedule, ArchiveTimeout, Processes, Bandwidth, RestoreTest);
}

/// <summary><c>stores.NAME.backup.repositories.NAME:</c></summary>
internal static class RepositoryKeys
{
    public static readonly Key<string> Site = new(
        "site", new NameShape("site"), "The site whose members write there, while the store is active at that site.")
    { IsRequired = true, Example = "fra" };

    public static readonly Key<string> Directory = new(
        "directory", new HostFolderShape("/srv/holdfast/backup"),
        "A directory that exists on each member's host of that site and is the same storage on all of them, such as one on NFS; " +
        "of this system alone. A repository has either this or `s3`.")
    { DefaultInWords = "none: `s3` is given", Example = "/srv/holdfast/backup" };

    public static readonly Key<Section> Bucket = new(
        "s3", BucketKeys.Shape, "An object store instead of a directory: of Amazon, Ceph or another that speaks S3, over TLS.");

    public static readonly Key<Core.Secret> EncryptionKey = new(
        "key", SecretShape.Instance,
        "A passphrase with which everything in the repository is encrypted (AES-256). It cannot be changed afterwards, " +
        "and without it nothing can be restored: keep a copy of it elsewhere.")
    { DefaultInWords = "none: not encrypted", Example = "file:/etc/holdfast/backup-key" };

    public static readonly Key<int> KeepFull = new(
        "keep-full", new IntegerShape(1, 1000),
        "How many full backups without damaged pages are kept, with what builds on them and the log from the oldest on. Old ones go after a new one has " +
        "succeeded, and when agents are restarted with less to keep.")
    { Default = 2 };

    public static readonly Key<int> KeepDays = new(
        "keep-days", new IntegerShape(1, 3650),
        "Instead of a number: any moment of so many days can be restored. The newest good full backup that is older is kept, too.")
    { DefaultInWords = "none: `keep-full` counts" };

    public static readonly SectionShape Shape = new("stores.NAME.backup.repositories.NAME", Site, Directory, Bucket, EncryptionKey, KeepFull, KeepDays);
}

/// <summary><c>stores.NAME.backup.repositories.NAME.s3:</c></summary>
internal static class BucketKeys
{
    public static readonly Key<Endpoint> Endpoint = new(
        "endpoint", S3EndpointShape.Instance, "Where requests go. Each member's host must reach it. It is spoken to by TLS only.")
    { IsRequired = true, Example = "s3.eu-central-1.amazonaws.com" };

    public static readonly Key<string> Name = new(
        "bucket", BucketNameShape.Instance, "The bucket. It must be there: Holdfast makes none.")
    { IsRequired = true, Example = "acme-backups" };

    public static readonly Key<string> Region = new(
        "region", new TextShape("eu-central-1"),
        "The region's name, which is a part of what requests are signed with. Stores of your own often call it `us-east-1`.")
    { IsRequired = true, Example = "eu-central-1" };

    public static readonly Key<string> Path = new(
        "path", new HostFolderShape("/orders"), "All of the repository is below this in the bucket.")
    { DefaultInWords = "`/` and the repository's name", Example = "/orders" };

    public static readonly Key<Core.Secret> AccessKey = new("access-key", SecretShape.Instance, "The name of the key that requests are signed with.")
    { IsRequired = true, Example = "file:/etc/holdfast/s3-access-key" };

    public static readonly Key<Core.Secret> SecretKey = new(
        "secret-key", SecretShape.Instance,
        "That key. It must be allowed to list the bucket and to get, put and delete objects below `path`; nothing more is needed.")
    { IsRequired = true, Example = "file:/etc/holdfast/s3-secret-key" };

    public static readonly Key<bool> UriStyle = new(
        "uri-style", new ChoiceShape<bool>(("host", false), ("path", true)),
        "Where requests name the bucket: in the host's name, `BUCKET.ENDPOINT`, or in the path, as most stores of your own need it.")
    { Default = false };

    public static readonly Key<string> Authorities = new(
        "ca", new PemFileShape(isKey: false), "Certificates of the authorities that may vouch for the endpoint, on each member's host.")
    { DefaultInWords = "those that the host trusts", Example = "/etc/holdfast/tls/s3-ca.crt" };

    public static readonly Key<bool> VerifyTls = new(
        "verify-tls", BooleanShape.Instance, "Whether the endpoint must show a certificate that is good for its name.")
    { Default = true };

    public static readonly SectionShape Shape = new(
        "stores.NAME.backup.repositories.NAME.s3", Endpoint, Name, Region, Path, AccessKey, SecretKey, UriStyle, Authorities, VerifyTls);

    /// <summary>Where in the bucket the repository of this name is.</summary>
    public static string PathOf(string repository, Section bucket) => bucket.TryGet(Path, out var path) ? path : $"/{repository}";
}

/// <summary><c>stores.NAME.backup.schedule:</c></summary>
internal static class ScheduleKeys
{
    public static readonly Key<CronSchedule> Full = Row("full", "Full backups: everything is read and stored.", "\"0 2 * * 0\"");
    public static readonly Key<CronSchedule> Differential = Row(
        "differential", "Differential backups: what changed since the last full one.", "\"0 2 * * 1-6\"");
    public static readonly Key<CronSchedule> Incremental = Row(
        "incremental", "Incremental backups: what changed since the last one of any kind.", "\"0 * * * *\"");

    public static readonly SectionShape Shape = new("stores.NAME.backup.schedule", Full, Differential, Incremental);

    private static Key<CronSchedule> Row(string name, string meaning, string example) => new(name, CronShape.Instance, meaning)
    { DefaultInWords = "never by itself", Example = example };
}
