using System.Net.Sockets;
using Holdfast.Core;
using Holdfast.Core.Topology;
using Holdfast.Engines.Redis.Configuration;
using Holdfast.Engines.Redis.Protocol;
using Holdfast.Engines.Redis.Replication;

namespace Holdfast.Engines.Redis.Loss;

/// <summary>The member that is primary, as it says itself.</summary>
/// <param name="Timeline">Of what is written there; 0: its history is not written down.</param>
/// <param name="Reader">As the user that may only read.</param>
internal sealed record FoundPrimary(MemberSpec Member, uint Timeline, RespConnection Reader) : IDisposable
{
    public void Dispose() => Reader.Dispose();
}

/// <summary>Finds the member that is primary now by asking all, as one that was deposed may not know it yet: the one of the newest timeline is it.</summary>
internal sealed class PresentPrimary(StoreSpec store, TimeProvider time, Action<string> log)
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(2);

    /// <param name="among">Who is asked.</param>
    /// <param name="atLeast">One of an older timeline was deposed.</param>
    /// <param name="limit">How long to go on asking: one may be being promoted just now.</param>
    /// <exception cref="EngineException">Nobody says that it is.</exception>
    public async Task<FoundPrimary> FindAsync(
        IEnumerable<MemberSpec> among, uint atLeast, Secret reader, TimeSpan limit, CancellationToken cancellationToken)
    {
        var members = among.ToList();
        var begun = time.GetTimestamp();
        do
        {
            var found = (await Task.WhenAll(members.Select(member => AskAsync(member, reader, cancellationToken)))).OfType<FoundPrimary>().ToList();
            var newest = found.Where(one => one.Timeline >= atLeast).MaxBy(one => one.Timeline);
            foreach (var other in found.Where(one => one != newest))
            {
                other.Dispose();
            }

            if (newest is not null)
            {
                return newest;
            }

            await Task.Delay(Step, time, cancellationToken);
        }
        while (time.GetElapsedTime(begun) < limit);

        throw new EngineException($"no member of {store.Name} serves as primary");
    }

    private async Task<FoundPrimary?> AskAsync(MemberSpec member, Secret reader, CancellationToken cancellationToken)
    {
        RespConnection? connection = null;
        try
        {
            using var limit = new CancellationTokenSource(AnswerLimit, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
            connection = await RespConnection.ConnectAsync(member.Address.Host, member.Address.Port, either.Token, KeyText.Raw);
            await connection.CallAsync(either.Token, "AUTH", Users.Reader, reader.Reveal());
            if (new ServerInfo((await connection.CallAsync(either.Token, "INFO", "replication")).Text!).IsPrimary)
            {
                var history = StoreHistory.Read((await connection.CallAsync(either.Token, "HGETALL", StoreHistory.Key)).Texts);
                return new FoundPrimary(member, history?.Newest?.Timeline ?? 0, connection);
            }
        }
        catch (Exception exception) when (exception is IOException or SocketException or RespErrorException
            || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            log($"{member.Name} cannot be asked for its keys: {exception.Message}");
        }

        connection?.Dispose();
        return null;
    }
}
