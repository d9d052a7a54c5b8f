namespace Holdfast.Coordination.InMemory;

/// <summary>What goes wrong with one call.</summary>
public enum InMemoryFault
{
    /// <summary>Nothing.</summary>
    None,
    /// <summary>No server is reached; nothing is done.</summary>
    Unreachable,
    /// <summary>No answer, and nothing is done.</summary>
    LostRequest,
    /// <summary>No answer, though it is done.</summary>
    LostAnswer,
    /// <summary>No answer; it is done only after the caller has given up (one request timeout later).</summary>
    DoneLater,
}

/// <summary>Which call is being made.</summary>
public enum InMemoryCall { Read, Transact, GrantLease, KeepAlive, RevokeLease }

/// <summary>The weather between one client and the store. Change it at any time; it affects calls that begin later, and open watches at
/// once.</summary>
public sealed class InMemoryFaults
{
    private readonly Lock _gate = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _unreachable;

    /// <summary>No call gets through and watches are disconnected.</summary>
    public bool Unreachable
    {
        get => Volatile.Read(ref _unreachable);
        set
        {
            lock (_gate)
            {
                _unreachable = value;
                _changed.SetResult();
                _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
    }

    /// <summary>How long each request takes to arrive. Beyond the request timeout it never does.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>Asked for each call; the transaction is given where there is one. Null: nothing goes wrong.</summary>
    public Func<InMemoryCall, Transaction?, InMemoryFault>? Inject { get; set; }

    /// <summary>Ends when <see cref="Unreachable"/> is set next.</summary>
    internal Task Changed
    {
        get
        {
            lock (_gate)
            {
                return _changed.Task;
            }
        }
    }

    internal InMemoryFault For(InMemoryCall call, Transaction? transaction) =>
        Unreachable ? InMemoryFault.Unreachable : Inject?.Invoke(call, transaction) ?? InMemoryFault.None;
}
