using Holdfast.Coordination.Etcd.Blocking;
using Holdfast.Coordination.Etcd.Wire;
using Holdfast.Core.Topology;

namespace Holdfast.Coordination.Etcd;

/// <summary>Calls with log-in, deadlines, and the next server when one does not serve.</summary>
internal sealed class EtcdSession(CoordinationSpec spec, TimeProvider time) : IDisposable
{
    private readonly EtcdTransport _transport = new(spec, time);
    private readonly SemaphoreSlim _login = new(1, 1);
    private volatile string? _token;

    public CoordinationSpec Spec => spec;
    public TimeProvider Time => time;
    public EtcdEndpoints Endpoints { get; } = new(spec.Endpoints);
    public EtcdTransport Transport => _transport;

    /// <summary>The token to show; null: none yet, or log-in is not used. Set also by the renewal, which logs in on its own
    /// thread.</summary>
    public string? Token
    {
        get => _token;
        set => _token = value;
    }

    /// <summary>A call that may be repeated: goes from server to server until one answers or the time is up.</summary>
    public Task<TResponse> RepeatableAsync<TRequest, TResponse>(
        EtcdCall<TRequest, TResponse> call, TRequest request, CancellationToken cancellationToken) =>
        CallAsync(call, request, repeatable: true, cancellationToken);

    /// <summary>A call that must not be done twice: goes to the next server only if the one before cannot have received it.</summary>
    public Task<TResponse> OnceAsync<TRequest, TResponse>(
        EtcdCall<TRequest, TResponse> call, TRequest request, CancellationToken cancellationToken) =>
        CallAsync(call, request, repeatable: false, cancellationToken);

    /// <summary>A call to one server, logging in (again) when it asks for that: a call refused for its token was not done.</summary>
    public async Task<TResponse> CallOnAsync<TRequest, TResponse>(
        Uri endpoint, EtcdCall<TRequest, TResponse> call, TRequest request, Deadline deadline, CancellationToken cancellationToken)
    {
        var token = _token;
        if (token is null && spec.User is not null)
        {
            token = await LogInAsync(endpoint, null, deadline, cancellationToken);
        }

        try
        {
            return await _transport.PostAsync(endpoint, call, request, token, deadline.Left, cancellationToken);
        }
        catch (CoordinationException exception) when (EtcdFaults.AsksForLogin(exception) && spec.User is not null)
        {
            token = await LogInAsync(endpoint, token, deadline, cancellationToken);
            return await _transport.PostAsync(endpoint, call, request, token, deadline.Left, cancellationToken);
        }
    }

    public void Dispose()
    {
        _transport.Dispose();
        _login.Dispose();
    }

    private async Task<TResponse> CallAsync<TRequest, TResponse>(
        EtcdCall<TRequest, TResponse> call, TRequest request, bool repeatable, CancellationToken cancellationToken)
    {
        var deadline = new Deadline(time, spec.RequestTimeout);
        var faults = new List<CoordinationException>();
        var order = Endpoints.InOrder();
        for (var index = 0; index < order.Length && !deadline.IsOver; index++)
        {
            var share = repeatable ? deadline.Part(order.Length - index) : deadline;
            try
            {
                return await CallOnAsync(order[index], call, request, share, cancellationToken);
            }
            catch (CoordinationException exception) when (EtcdGiveUp.MayTryNext(exception, repeatable))
            {
                Endpoints.Failed(order[index]);
                faults.Add(await ExplainAsync(order[index], exception, deadline));
            }
            catch (CoordinationException exception) when (exception.Fault == CoordinationFault.Indeterminate)
            {
                // Still in doubt, whatever the reason: the request may have gone by an older connection.
                Endpoints.Failed(order[index]);
                var reason = await ExplainAsync(order[index], exception, deadline);
                throw new CoordinationException(CoordinationFault.Indeterminate, reason.Message, reason);
            }
        }

        throw EtcdGiveUp.Summarise(faults, spec);
    }

    private async Task<CoordinationException> ExplainAsync(Uri endpoint, CoordinationException exception, Deadline deadline) =>
        endpoint.Scheme == Uri.UriSchemeHttps
            ? await Task.Run(() => RefusedCertificate.Find(endpoint, exception, this, deadline)) ?? exception
            : exception;

    private async Task<string?> LogInAsync(Uri endpoint, string? refused, Deadline deadline, CancellationToken cancellationToken)
    {
        if (!await _login.WaitAsync(deadline.Left, cancellationToken))
        {
            throw EtcdFaults.TooLate(endpoint, deadline.Total, sent: false);
        }

        try
        {
            if (_token != refused)
            {
                return _token;
            }

            var request = new AuthenticateRequest(spec.User!, spec.Password?.Reveal() ?? "");
            var response = await _transport.PostAsync(endpoint, EtcdCalls.Authenticate, request, null, deadline.Left, cancellationToken);
            return _token = response.Token;
        }
        catch (CoordinationException exception) when (EtcdFaults.LoginIsOff(exception))
        {
            return _token = null;
        }
        catch (CoordinationException exception) when (exception.Fault == CoordinationFault.Indeterminate)
        {
            // Only the log-in is in doubt; the call itself was never sent.
            throw new CoordinationException(CoordinationFault.Unreachable, exception.Message, exception);
        }
        finally
        {
            _login.Release();
        }
    }
}
