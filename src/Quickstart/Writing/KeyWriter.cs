using System.Globalization;
using Holdfast.Harness.Members;

namespace Holdfast.Quickstart.Writing;

/// <summary>Sets one key after another at whichever member of the store of sessions takes it, at a steady pace, as people click.</summary>
internal sealed class KeyWriter(SessionStore store, TimeProvider time) : Recorder(time)
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(3);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    // Calls are answered within a second or fail, so the thread of the writer may wait for them.
    protected override Task WriteAsync(CancellationToken stop)
    {
        RedisClient? client = null;
        var (id, at) = (0L, 0);
        while (!stop.IsCancellationRequested)
        {
            var member = store.Members[at];
            try
            {
                client ??= store.Connect(member);
                id++;
                client.Call("SET", SessionStore.Prefix + id.ToString(CultureInfo.InvariantCulture), "signed in");
                Acknowledge(id, member.Port);
                stop.WaitHandle.WaitOne(Pace);
            }
            catch (IOException fault)
            {
                LastProblem = $"{member.Name}: {fault.Message}";
                client?.Dispose();
                client = null;
                at = (at + 1) % store.Members.Length;
                stop.WaitHandle.WaitOne(Pause);
            }
        }

        client?.Dispose();
        return Task.CompletedTask;
    }
}
