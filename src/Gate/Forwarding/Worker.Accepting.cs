namespace Holdfast.Gate.Forwarding;

/// <content>From whom it accepts.</content>
internal sealed unsafe partial class Worker
{
    /// <summary>Accepts from a listening, non-blocking socket from now on, together with other workers that do.</summary>
    public void Accept(int socket, IAcceptor acceptor) => Order(() =>
    {
        _listeners.Add((socket, acceptor));
        Kernel.Watch(_poll, socket, Kernel.In | Kernel.Exclusive, ListenerData | (uint)(_listeners.Count - 1));
    });

    /// <summary>After <see cref="IAcceptor.CannotAccept"/>: tries again.</summary>
    public void Resume(int socket) => Order(() =>
    {
        if (_listeners.FindIndex(listener => listener?.Socket == socket) is var index and >= 0)
        {
            Kernel.Rewatch(_poll, socket, Kernel.In | Kernel.Exclusive, ListenerData | (uint)index);
        }
    });

    /// <summary>Accepts from it no more; on return the socket can be closed.</summary>
    public void Ignore(int socket)
    {
        using var done = new ManualResetEventSlim();
        Order(() =>
        {
            if (_listeners.FindIndex(listener => listener?.Socket == socket) is var index and >= 0)
            {
                _listeners[index] = null;
                Kernel.Unwatch(_poll, socket);
            }

            done.Set();
        });
        done.Wait();
    }

    private void AcceptFrom(int index)
    {
        for (var turn = 0; turn < AcceptShare && _listeners[index] is { } listener; turn++)
        {
            var client = Kernel.Accept(listener.Socket);
            if (client >= 0)
            {
                listener.Acceptor.Accepted(client, this);
            }
            else
            {
                // Nobody waits, another worker was quicker, or the client has gone; or there is a shortage.
                if (-client is Kernel.TooManyFiles or Kernel.TooManyFilesInAll or Kernel.NoBuffers or Kernel.NoMemory)
                {
                    // It would be told without end that somebody waits; the acceptor resumes it.
                    Kernel.Unwatch(_poll, listener.Socket);
                    listener.Acceptor.CannotAccept(-client);
                }

                return;
            }
        }
    }
}
