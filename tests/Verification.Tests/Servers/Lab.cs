using System.Collections.Immutable;
using Holdfast.Verification.Results;
using Holdfast.Verification.Running;
using Holdfast.Verification.Targets;

namespace Holdfast.Verification.Tests.Servers;

/// <summary>Servers in one temporary folder, all ended with it.</summary>
public sealed class Lab : IAsyncDisposable
{
    private readonly List<PgServer> _servers = [];

    public static readonly VerifyOptions Fast = new() { Share = 1, Jobs = 2, ChunkBytes = 256 << 10, CatchUp = TimeSpan.FromSeconds(20) };

    /// <summary>In memory where there is room; the path is short, for a socket's name is bounded.</summary>
    public string Root { get; } = NewRoot();

    public async Task<PgServer> PrimaryAsync() => Keep(await PgServer.CreateAsync("p", Root));
    public async Task<PgServer> StandbyAsync(PgServer of, string name = "s") => Keep(await of.AddStandbyAsync(name));
    public async Task<PgServer> ForkAsync(PgServer of, string name = "f") => Keep(await of.ForkAsync(name));

    public static async Task<VerifyResult> VerifyAsync(
        VerifyOptions? options, IEnumerable<PgServer> servers, VerifyState? resumed = null, Action<VerifyState>? save = null,
        IProgress<VerifyProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var targets = servers.Select(IVerifyTarget (server) => server.Target()).ToImmutableArray();
        try
        {
            return await new Verifier(new VerifySubject("test", "lab"), targets, options ?? Fast, TimeProvider.System, progress, save)
                .RunAsync(resumed, cancellationToken);
        }
        finally
        {
            foreach (var target in targets)
            {
                await target.DisposeAsync();
            }
        }
    }

    public static Task<VerifyResult> VerifyAsync(params IEnumerable<PgServer> servers) => VerifyAsync(null, servers);

    /// <summary>Each difference as <c>kind table key [columns]</c>, sorted.</summary>
    public static ImmutableArray<string> Found(VerifyResult result) =>
    [
        .. result.Differences
            .Select(found => string.Join(' ', new[] { $"{found.Kind}", found.Table, found.Key, $"[{string.Join(',', found.Columns)}]" }.OfType<string>()))
            .Order(StringComparer.Ordinal),
    ];

    public async ValueTask DisposeAsync()
    {
        foreach (var server in Enumerable.Reverse(_servers))
        {
            await server.DisposeAsync();
        }

        Directory.Delete(Root, recursive: true);
    }

    private PgServer Keep(PgServer server)
    {
        _servers.Add(server);
        return server;
    }

    private static string NewRoot()
    {
        const string Memory = "/dev/shm";
        return Directory.Exists(Memory) && new DriveInfo(Memory).AvailableFreeSpace > 2L << 30
            ? Directory.CreateDirectory(Path.Combine(Memory, "hfv" + Path.GetRandomFileName()[..6])).FullName
            : Directory.CreateTempSubdirectory("hfv").FullName;
    }
}
