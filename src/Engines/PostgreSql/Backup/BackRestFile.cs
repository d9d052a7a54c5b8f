using System.Globalization;
using System.Text;
using Holdfast.Core.Backup;
using Holdfast.Core.Topology;
using Holdfast.Engines.PostgreSql.Configuration;
using Holdfast.Engines.PostgreSql.Files;
using Holdfast.Engines.PostgreSql.Sessions;

namespace Holdfast.Engines.PostgreSql.Backup;

/// <summary>The text of pgBackRest's configuration. It holds the repository's keys: files with it are for their owner only.</summary>
internal static class BackRestFile
{
    /// <summary>What pgBackRest calls the data of one store at one site.</summary>
    public static string Stanza(StoreSpec store, string site) => $"{store.Name}.{site}";

    /// <summary>
    /// How long a request to an object store may take: with all that is tried again, less than those wait who ask. What moves files is given more.
    /// </summary>
    private const int RequestSeconds = 10;
    private const int TransferSeconds = 60;

    /// <summary>For a member.</summary>
    public static string ForMember(StoreSpec store, MemberSpec self, RepositorySpec repository, Layout layout)
    {
        var text = Begin(repository, layout.BackupLocks, store.Backup!.Processes);
        text.Append($"""

            [{Stanza(store, self.Site)}]
            pg1-path={layout.Data}
            pg1-socket-path={layout.SocketDirectory}
            pg1-port={layout.Port.ToString(CultureInfo.InvariantCulture)}
            pg1-user={RoleNames.Administrator}
            pg1-database={LocalServer.MaintenanceDatabase}

            """);
        return text.ToString();
    }

    /// <summary>
    /// For a restore into a new place, for the server there, which takes log from the repository while it recovers, and for a standby that is fed. What is
    /// read must be of the system whose data are there, or nothing may be there yet.
    /// </summary>
    /// <param name="site">Whose repository it is.</param>
    public static string ForReading(StoreSpec store, string site, RepositorySpec repository, string locks, string data)
    {
        var text = Begin(repository, locks, store.Backup!.Processes);
        text.Append($"\n[{Stanza(store, site)}]\npg1-path={data}\n");
        return text.ToString();
    }

    private static StringBuilder Begin(RepositorySpec repository, string locks, int processes)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"""
            # Written by Holdfast; changes here are overwritten.
            [global]
            repo1-retention-full-type={(repository.KeepDays is null ? "count" : "time")}
            repo1-retention-full={repository.KeepDays ?? repository.KeepFull}
            lock-path={locks}
            log-level-file=off
            start-fast=y
            compress-type=lz4
            process-max={processes}

            """);
        text.Append(Place(repository.Place));
        if (repository.Key is { } key)
        {
            text.Append($"repo1-cipher-type=aes-256-cbc\nrepo1-cipher-pass={key.Reveal()}\n");
        }

        if (repository.Place is RepositoryPlace.Bucket)
        {
            text.Append(CultureInfo.InvariantCulture, $"io-timeout={RequestSeconds}\n");
            foreach (var command in (ReadOnlySpan<string>)["backup", "restore", "verify", "expire"])
            {
                text.Append(CultureInfo.InvariantCulture, $"[global:{command}]\nio-timeout={TransferSeconds}\n");
            }
        }

        return text;
    }

    private static string Place(RepositoryPlace place) => place switch
    {
        RepositoryPlace.Bucket bucket => string.Create(CultureInfo.InvariantCulture, $"""
            repo1-type=s3
            repo1-path={bucket.Path}
            repo1-s3-endpoint={bucket.Endpoint.Host}
            repo1-storage-port={bucket.Endpoint.Port}
            repo1-s3-bucket={bucket.Name}
            repo1-s3-region={bucket.Region}
            repo1-s3-uri-style={(bucket.IsNamedInPath ? "path" : "host")}
            repo1-s3-key={bucket.AccessKey.Reveal()}
            repo1-s3-key-secret={bucket.SecretKey.Reveal()}
            repo1-storage-verify-tls={(bucket.VerifiesTls ? "y" : "n")}
            {(bucket.Authorities is { } file ? $"repo1-storage-ca-file={file}\n" : "")}
            """),
        RepositoryPlace.Folder folder => $"repo1-type=posix\nrepo1-path={folder.Path}\n",
        _ => throw new NotSupportedException(),
    };
}
