using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Holdfast.Agent.Api.Metrics;

/// <summary><c>GET /metrics</c>: the snapshot, the process, and every instrument of the meter "Holdfast".</summary>
internal static class MetricsRoute
{
    public static void Map(IEndpointRouteBuilder routes, IAgentControl control, InstrumentCollector instruments) =>
        routes.MapMethods("/metrics", [HttpMethods.Get, HttpMethods.Head], (RequestDelegate)(context =>
        {
            var writer = new PrometheusWriter();
            GroupMetrics.Write(writer, control.Status, control.Member.Name, control.IsLive);
            SiteMetrics.Write(writer, control.Status, control.Member.Name);
            BackupMetrics.Write(writer, control.Status, control.Member.Name);
            ProcessMetrics.Write(writer);
            instruments.Write(writer);
            return Answer.BytesAsync(context, StatusCodes.Status200OK, PrometheusWriter.ContentType, writer.ToUtf8());
        }));
}
