using System.Collections.Immutable;

namespace Holdfast.Coordination.Tests.Conformance;

/// <summary>A store under test, with what a test must be able to do to it.</summary>
public interface IStoreUnderTest : IAsyncDisposable
{
    /// <summary>A client of its own connection.</summary>
    ICoordination Client();

    /// <summary>A client whose connection can be cut.</summary>
    (ICoordination Client, Action Cut, Action Heal) FragileClient();

    Task CompactAsync(long revision);
}

/// <summary>What every implementation of <see cref="ICoordination"/> must do. One class per implementation derives from each
/// part.</summary>
public abstract class Conformance(IStoreUnderTest store) : IAsyncDisposable
{
    private readonly List<ICoordination> _clients = [];

    protected IStoreUnderTest Store => store;

    /// <summary>Keys of this test alone.</summary>
    protected string Prefix { get; } = $"/test/{Guid.NewGuid():N}/";

    protected ICoordination Client => field ??= NewClient();

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        foreach (var client in _clients)
        {
            await client.DisposeAsync();
        }
    }

    protected ICoordination NewClient()
    {
        var client = store.Client();
        _clients.Add(client);
        return client;
    }

    protected (ICoordination Client, Action Cut, Action Heal) NewFragileClient()
    {
        var fragile = store.FragileClient();
        _clients.Add(fragile.Client);
        return fragile;
    }

    protected Task<TransactionResult> PutAsync(string key, string text, long lease = 0) =>
        DoAsync(new Operation.Put(Prefix + key, text, lease));

    protected Task<TransactionResult> DoAsync(params Operation[] operations) =>
        Client.TransactAsync(new Transaction([], [.. operations]), Cancel);

    protected static Transaction When(Condition condition, params Operation[] operations) => new([condition], [.. operations]);

    protected async Task<KeyValue?> GetAsync(string key) => (await Client.ReadAsync(Prefix, Cancel)).Keys.GetValueOrDefault(Prefix + key);

    protected static async Task<CoordinationFault> FaultOf(Func<Task> call) => (await Should.ThrowAsync<CoordinationException>(call)).Fault;
}
