using System.Diagnostics;
using Holdfast.Coordination.Etcd;
using Holdfast.Harness;
using Holdfast.Harness.Etcd;
using Holdfast.Harness.Files;
using Holdfast.Harness.Processes;

namespace Holdfast.Coordination.Tests.Etcd;

/// <summary>Renewals go on when every thread of the pool is blocked. In a process of its own: a starved pool would starve other
/// tests.</summary>
[Trait("Speed", "Slow")]
public class StarvedPoolTests
{
    private const string Variable = "HOLDFAST_STARVED_ENDPOINTS";
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Blocking_renewals_do_not_wait_for_the_pool(bool secured)
    {
        if (Environment.GetEnvironmentVariable(Variable) is { } endpoints)
        {
            await RenewStarvedAsync(endpoints.Split(' '), secured);
            return;
        }

        using var folder = new TemporaryFolder("starved");
        var certificates = secured ? EtcdCertificates.Create(folder.Path) : null;
        var options = new EtcdOptions { Servers = 2, Certificates = certificates, RootPassword = secured ? "swordfish" : null };
        await using var cluster = await EtcdCluster.StartAsync(options);
        await using var child = ChildProcess.Start(
            "dotnet", [typeof(StarvedPoolTests).Assembly.Location, "-method", $"*.{nameof(Blocking_renewals_do_not_wait_for_the_pool)}"],
            folder.File("log"),
            environment: new Dictionary<string, string?>
            {
                [Variable] = string.Join(' ', [.. cluster.Endpoints, certificates?.CaFile ?? "-"]),
            });
        await Eventually.TrueAsync(() => child.HasExited, TimeSpan.FromSeconds(30), () => child.LogTail(60));
        await child.WaitForExitAsync(EtcdClients.Cancel).WaitAsync(TimeSpan.FromSeconds(30));
        child.ExitCode.ShouldBe(0, child.LogTail());
        child.LogTail().ShouldContain("renewals in a starved pool");
    }

    private static async Task RenewStarvedAsync(string[] parts, bool secured)
    {
        if (secured != (parts[^1] != "-"))
        {
            return;
        }

        var ca = parts[^1] == "-" ? null : parts[^1];
        var spec = new Core.Topology.CoordinationSpec
        {
            Endpoints = [.. parts[..^1].Select(part => new Uri(part))],
            CaFile = ca,
            User = ca is null ? null : "root",
            Password = ca is null ? null : new Core.Secret("swordfish"),
        };
        await using var client = EtcdClients.Of(spec);
        var lease = await client.GrantLeaseAsync(TimeSpan.FromMinutes(1), EtcdClients.Cancel);
        // A client that has not connected yet: opening a connection and logging in must need no pool thread either.
        await using var fresh = EtcdClients.Of(spec);
        ThreadPool.GetMinThreads(out var workers, out _);
        ThreadPool.GetMaxThreads(out var most, out var mostIo);
        ThreadPool.SetMaxThreads(workers, workers).ShouldBeTrue();
        try
        {
            Renew(fresh, lease, workers);
        }
        finally
        {
            ThreadPool.SetMaxThreads(most, mostIo).ShouldBeTrue();
        }
    }

    private static void Renew(EtcdCoordination client, long lease, int workers)
    {
        var release = new ManualResetEventSlim();
        for (var thread = 0; thread < 4 * workers; thread++)
        {
            ThreadPool.UnsafeQueueUserWorkItem(_ => release.Wait(), null);
        }

        var probe = new ManualResetEventSlim();
        ThreadPool.UnsafeQueueUserWorkItem(_ => probe.Set(), null);
        var early = probe.Wait(TimeSpan.FromMilliseconds(300));

        Exception? failure = null;
        var worst = TimeSpan.Zero;
        var unanswered = 0;
        var renewing = new Thread(() =>
        {
            try
            {
                for (var round = 0; round < 20; round++)
                {
                    var start = Stopwatch.GetTimestamp();
                    try
                    {
                        client.KeepAlive(lease, Deadline).ShouldNotBeNull();
                    }
                    catch (CoordinationException) when (++unanswered <= 2)
                    {
                        continue; // The cluster itself stood still; a call that waits for the pool is never answered here.
                    }

                    var took = Stopwatch.GetElapsedTime(start);
                    worst = took > worst ? took : worst;
                }
            }
            catch (Exception exception)
            {
                failure = exception;
            }
        });
        renewing.Start();
        var ended = renewing.Join(TimeSpan.FromSeconds(15));
        var starved = !probe.IsSet;
        release.Set();

        early.ShouldBeFalse("the pool is not starved, so this proves nothing");
        ended.ShouldBeTrue();
        failure.ShouldBeNull();
        starved.ShouldBeTrue("the pool recovered meanwhile, so this proves nothing");
        worst.ShouldBeLessThan(Deadline);
        Console.WriteLine($"20 renewals in a starved pool, the slowest took {worst.TotalMilliseconds:0} ms");
    }
}
