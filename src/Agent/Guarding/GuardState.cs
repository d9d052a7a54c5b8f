using System.Text.Json;
using Holdfast.Agent.Leases;
using Holdfast.Agent.Logging;

namespace Holdfast.Agent.Guarding;

/// <summary>What the guard knows and does, without its socket: armed with a target and a deadline, or not.</summary>
internal sealed class GuardState : IDisposable
{
    /// <summary>How long one attempt to kill may take before the socket is looked at again.</summary>
    private static readonly TimeSpan KillLimit = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan PetEvery = TimeSpan.FromSeconds(1);
    private readonly GuardPaths _paths;
    private readonly IBootClock _clock;
    private readonly TimeProvider _time;
    private readonly EventLog _log;
    private readonly ServerKill _kill;
    private ServerTarget? _target;
    private TimeSpan _deadline;
    private bool _fired;
    private string? _devicePath;
    private WatchdogDevice? _device;
    private TimeSpan _nextPet;

    public GuardState(GuardPaths paths, IBootClock clock, TimeProvider time, EventLog log)
    {
        _paths = paths;
        _clock = clock;
        _time = time;
        _log = log;
        _kill = new ServerKill(paths.DataDirectory);
    }

    public bool Armed => _target is not null;

    /// <summary>Until something is due by itself. Null: nothing is.</summary>
    public TimeSpan? Left => !Armed ? null : _device is null || _nextPet > _deadline ? _deadline - _clock.Now : _nextPet - _clock.Now;

    /// <summary>Compares the clock and does what is due: pets the device, or kills the server.</summary>
    public void Act()
    {
        if (_target is null)
        {
            return;
        }

        var now = _clock.Now;
        if (now >= _deadline)
        {
            Fire(_target, now - _deadline);
        }
        else if (_device is not null && now >= _nextPet)
        {
            Tell(device => device.Pet());
            _nextPet = now + PetEvery;
        }
    }

    /// <summary>Does what is asked. Null: done; otherwise why not.</summary>
    public string? Handle(GuardRequest request) => request.Verb switch
    {
        GuardVerb.Ping => null,
        GuardVerb.Arm => Arm(request),
        GuardVerb.Pet => Pet(request),
        GuardVerb.Disarm => Disarm(),
        GuardVerb.Watchdog => UseDevice(request.Device),
        GuardVerb.Leave => Armed ? "it is armed; disarm it first" : null,
        _ => $"it does not know the request '{request.Verb}'",
    };

    public GuardReply Answer(long id, string? problem) => new()
    {
        Id = id,
        Problem = problem,
        Pid = Environment.ProcessId,
        Version = GuardProgram.Version,
        Armed = Armed,
        DeadlineTicks = Armed ? _deadline.Ticks : 0,
        Fired = _fired,
    };

    public void Dispose() => CloseDevice();

    private string? Arm(GuardRequest request)
    {
        if (ProcessFacts.Of(request.Pid) is not { Ended: false } facts || facts.StartTime != request.StartTime)
        {
            return $"process {request.Pid} is not the server that was meant; it has ended";
        }

        if (OpenDevice() is { } problem)
        {
            return problem;
        }

        if (_target?.Pid != request.Pid || _target.StartTime != request.StartTime)
        {
            _log.Info("guard-armed", "the server is killed when its lease runs out", ("pid", request.Pid));
        }

        _target = new ServerTarget(request.Pid, request.StartTime, ProcessFacts.Executable(request.Pid));
        _deadline = TimeSpan.FromTicks(request.DeadlineTicks);
        _fired = false;
        return null;
    }

    private string? Pet(GuardRequest request)
    {
        if (!Armed)
        {
            return _fired ? "the deadline has passed and the server was killed" : "it is not armed";
        }

        _deadline = TimeSpan.FromTicks(Math.Max(_deadline.Ticks, request.DeadlineTicks));
        return null;
    }

    private string? Disarm()
    {
        if (Armed)
        {
            _log.Info("guard-disarmed", "the server needs no lease any more, or is stopped", ("pid", _target?.Pid));
        }

        _target = null;
        CloseDevice();
        return null;
    }

    private string? UseDevice(string? path)
    {
        if (path == _devicePath)
        {
            return null;
        }

        CloseDevice();
        _devicePath = path;
        return Armed ? OpenDevice() : null;
    }

    private string? OpenDevice()
    {
        if (_devicePath is null || _device is not null)
        {
            return null;
        }

        try
        {
            _device = new WatchdogDevice(_devicePath);
            _device.Pet();
            _nextPet = _clock.Now + PetEvery;
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"the watchdog device {_devicePath} cannot be opened: {e.Message}; let the agent's user write to it, or take it out of the file";
        }
    }

    private void CloseDevice()
    {
        Tell(device => device.CallOff());
        _device?.Dispose();
        _device = null;
    }

    /// <summary>A device that fails must not end the guard: the kill by signal is the first line.</summary>
    private void Tell(Action<WatchdogDevice> what)
    {
        try
        {
            if (_device is not null)
            {
                what(_device);
            }
        }
        catch (IOException e)
        {
            _log.Error("guard-fault", e.Message, ("device", _devicePath));
        }
    }

    private void Fire(ServerTarget target, TimeSpan late)
    {
        var report = _kill.Run(target, KillLimit);
        var fired = new GuardFired
        {
            At = _time.GetUtcNow(),
            Postmaster = target.Pid,
            LateMs = late.TotalMilliseconds,
            Killed = [.. report.Killed],
            Remaining = [.. report.Remaining],
        };
        _log.Error(
            "guard-fired", report.Complete ? "the lease ran out: the server is killed" : "the lease ran out: processes of the server do not end",
            ("pid", target.Pid), ("late", late), ("killed", string.Join(',', report.Killed)), ("remaining", string.Join(',', report.Remaining)));
        _fired = true;
        Write(fired);
        if (report.Complete)
        {
            // Only now: while anything of the server lives, the device stays open and is not petted, and takes the machine down in the end.
            _target = null;
            CloseDevice();
        }
    }

    private void Write(GuardFired fired)
    {
        try
        {
            File.WriteAllBytes(_paths.Fired + ".new", JsonSerializer.SerializeToUtf8Bytes(fired, GuardJson.Default.GuardFired));
            File.Move(_paths.Fired + ".new", _paths.Fired, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _log.Error("guard-fault", e.Message, ("file", _paths.Fired));
        }
    }
}
