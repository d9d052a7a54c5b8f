using System.Globalization;
using System.Text;
using Holdfast.Core.Backup;
using Holdfast.Core.Topology;
using Holdfast.Engines.PostgreSql.Configuration;
using Holdfast.Engines.PostgreSql.Files;
using Holdfast.Engines.PostgreSql.Sessions;

namespace Holdfast.Engines.PostgreSql.Backup;

/// <summary>The text of pgBackRest's configuration. It holds the repository's key: files with it are for their owner only.</summary>
internal static class BackRestFile
{
    /// <summary>What pgBackRest calls the data of one store at one site.</summary>
    public static string Stanza(StoreSpec store, string site) => $"{store.Name}.{site}";

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

    /// <summary>For a restore into a new place, and for the server there, which takes log from the repository while it recovers.</summary>
    public static string ForRestore(StoreSpec store, string site, RepositorySpec repository, string locks, string data)
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
            repo1-type=posix
            repo1-path={repository.Directory}
            repo1-retention-full-type={(repository.KeepDays is null ? "count" : "time")}
            repo1-retention-full={repository.KeepDays ?? repository.KeepFull}
            lock-path={locks}
            log-level-file=off
            start-fast=y
            compress-type=lz4
            process-max={processes}

            """);
        if (repository.Key is { } key)
        {
            text.Append($"repo1-cipher-type=aes-256-cbc\nrepo1-cipher-pass={key.Reveal()}\n");
        }

        return text;
    }
}
