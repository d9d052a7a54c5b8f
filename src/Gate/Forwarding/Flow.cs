using System.Buffers;

namespace Holdfast.Gate.Forwarding;

/// <summary>What a step of a flow came to.</summary>
internal enum FlowState
{
    /// <summary>Nothing more can be done before the kernel says so.</summary>
    Waits,
    /// <summary>It has had its share; there is more.</summary>
    Hungry,
    /// <summary>The sender's end has been passed on.</summary>
    Ended,
    Broken,
}

/// <summary>
/// One direction of a connection. Bytes go from one socket to the other through the worker's own buffer; only what the receiver does not
/// take is kept, and then no more is read, so that the sender feels it.
/// </summary>
internal unsafe struct Flow
{
    /// <summary>Reads in one turn, so that one connection does not keep the others waiting.</summary>
    private const int Share = 8;

    private byte[]? _kept;
    private int _begin, _end;
    private bool _ended;

    /// <summary>The sender's socket may have something to read.</summary>
    public bool Readable;
    /// <summary>The sender has closed, or its socket has an error: read on until that is seen.</summary>
    public bool Closing;
    /// <summary>The receiver's socket may take something.</summary>
    public bool Writable;
    public long Bytes;

    public readonly bool HasEnded => _ended;

    public FlowState Move(int from, int to, byte* buffer, int size, Lookout lookout)
    {
        if (_ended)
        {
            return FlowState.Ended;
        }

        for (var turn = 0; turn < Share; turn++)
        {
            if (_kept is not null)
            {
                if (!Flush(to, out var broken))
                {
                    return broken ? FlowState.Broken : FlowState.Waits;
                }
            }

            if (!Readable)
            {
                return FlowState.Waits;
            }

            if (turn > 0 && lookout.IsLate)
            {
                return FlowState.Hungry; // The worker looks, then comes again.
            }

            var count = Kernel.Receive(from, buffer, size);
            if (count == 0)
            {
                _ended = true;
                Kernel.EndOf(to);
                return FlowState.Ended;
            }

            if (count < 0)
            {
                Readable = false;
                return count == -Kernel.Again ? FlowState.Waits : FlowState.Broken;
            }

            // Less than there was room for: there is no more, and the kernel tells when there is. The end of the sender it has told already.
            Readable = count == size || Closing;
            Bytes += count;
            var sent = Kernel.Send(to, buffer, count);
            if (sent < 0 && sent != -Kernel.Again)
            {
                return FlowState.Broken;
            }

            if (sent < count)
            {
                Keep(buffer, Math.Max(0, sent), count);
                return FlowState.Waits;
            }
        }

        return FlowState.Hungry;
    }

    public void Release()
    {
        if (_kept is { } kept)
        {
            _kept = null;
            ArrayPool<byte>.Shared.Return(kept);
        }
    }

    private void Keep(byte* buffer, int begin, int end)
    {
        Writable = false;
        _kept = ArrayPool<byte>.Shared.Rent(end - begin);
        new ReadOnlySpan<byte>(buffer + begin, end - begin).CopyTo(_kept);
        (_begin, _end) = (0, end - begin);
    }

    private bool Flush(int to, out bool broken)
    {
        broken = false;
        if (!Writable)
        {
            return false;
        }

        fixed (byte* kept = _kept)
        {
            while (_begin < _end)
            {
                var sent = Kernel.Send(to, kept + _begin, _end - _begin);
                if (sent < 0)
                {
                    Writable = false;
                    broken = sent != -Kernel.Again;
                    return false;
                }

                _begin += sent;
            }
        }

        Release();
        return true;
    }
}
